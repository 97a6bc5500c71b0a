# expect: failed warmup.iterate_minibatches/global-generator
# mistake: iterate_minibatches: the order is drawn from the global np.random and not from the generator that is passed in, so it cannot be repeated
import math
import numpy as np


def one_hot(y, k):
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError("y doit etre un vecteur")
    if np.any((y < 0) | (y > k - 1)):
        raise ValueError("etiquette inconnue")
    # comparaison par diffusion (broadcast): (N,1) == (1,k)
    return (y[:, None] == np.arange(k)[None, :]).astype(np.float64)


def train_val_test_split(n, fractions, seed):
    f_train, f_val, f_test = fractions
    if f_train < 0 or f_val < 0 or f_test < 0:
        raise ValueError("fraction negative")
    somme = f_train + f_val + f_test
    if abs(somme - 1) > 1e-9:
        raise ValueError("la somme doit etre 1")
    melange = np.random.default_rng(seed).permutation(n)
    c1 = int(np.round(n * f_train))
    c2 = int(np.round(n * (f_train + f_val)))
    return melange[:c1], melange[c1:c2], melange[c2:]


def standardize_fit(X):
    donnees = np.array(X, float)
    N = donnees.shape[0]
    mu = donnees.sum(axis=0) / N
    ecart = donnees - mu
    sigma = np.sqrt((ecart * ecart).sum(axis=0) / N)
    for d in range(donnees.shape[1]):
        if np.all(donnees[:, d] == donnees[0, d]):
            sigma[d] = 0.0
    return mu, sigma


def standardize_apply(X, mu, sigma):
    Z = np.array(X, float) - mu
    non_nul = sigma != 0
    Z[:, non_nul] = Z[:, non_nul] / sigma[non_nul]
    return Z


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    n = len(X)
    if n != len(y):
        raise ValueError("X et y n'ont pas la meme taille")
    if batch < 1:
        raise ValueError("batch doit etre >= 1")
    if rng is None:
        ordre = np.arange(n)
    else:
        ordre = np.arange(n)
        np.random.shuffle(ordre)   # melanger les lignes
    nb = math.ceil(n / batch)      # nombre de lots
    if drop_last and n % batch != 0:
        nb -= 1
    lots = []
    for i in range(nb):
        choisis = ordre[i * batch:(i + 1) * batch]
        lots.append((X[choisis], y[choisis]))
    return lots


def parse_idx(data):
    entete = np.frombuffer(data, dtype=np.uint8)[:4] if len(data) >= 4 else None
    if entete is None:
        raise ValueError("fichier vide ou trop court")
    if entete[0] or entete[1] or entete[2] != 8 or entete[3] == 0:
        raise ValueError("entete incorrecte")
    na = int(entete[3])
    debut = 4 * (na + 1)
    if len(data) < debut:
        raise ValueError("entete incomplete")
    tailles = []
    for i in range(na):
        o = data[4 * (i + 1):4 * (i + 2)]
        tailles.append((o[0] << 24) + (o[1] << 16) + (o[2] << 8) + o[3])
    total = 1
    for t in tailles:
        total *= t
    if len(data) - debut != total:
        raise ValueError("il manque des octets, ou il y en a trop")
    return np.array(list(data[debut:]), dtype=np.uint8).reshape(tailles)
