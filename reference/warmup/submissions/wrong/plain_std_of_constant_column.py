# expect: failed warmup.standardize_fit/rounded-constant
# mistake: standardize_fit: the plain np.std is returned, so a constant column like 0.1, 0.1, 0.1 gets a tiny sigma from rounding instead of 0
# Abgabe A0
import math
import numpy as np


def one_hot(y, k):
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError("y muss Form (N,) haben")
    if y.min() < 0 or y.max() > k - 1:
        raise ValueError("Label ausserhalb 0..k-1")
    anzahl = len(y)
    ergebnis = np.zeros((anzahl, k))
    ergebnis[np.arange(anzahl), y] = 1
    return ergebnis


def train_val_test_split(n, fractions, seed):
    anteil_train, anteil_val, anteil_test = fractions
    if min(fractions) < 0:
        raise ValueError("negativer Anteil")
    if not math.isclose(anteil_train + anteil_val + anteil_test, 1, rel_tol=0, abs_tol=1e-9):
        raise ValueError("Summe ist nicht 1")
    zufall = np.random.default_rng(seed)
    reihenfolge = zufall.permutation(n)
    grenze1 = round(n * anteil_train)
    grenze2 = round(n * (anteil_train + anteil_val))
    return reihenfolge[:grenze1], reihenfolge[grenze1:grenze2], reihenfolge[grenze2:]


def standardize_fit(X):
    X = X.astype(np.float64)
    mu = np.mean(X, axis=0)
    sigma = np.std(X, axis=0)     # teilt durch N
    return mu, sigma


def standardize_apply(X, mu, sigma):
    X = X.astype(np.float64)
    nenner = np.where(sigma > 0, sigma, 1.0)
    return (X - mu) / nenner


def iterate_minibatches(X, y, batch, rng=None, drop_last=False):
    anzahl = len(X)
    if anzahl != len(y):
        raise ValueError("X und y sind verschieden lang")
    if batch < 1:
        raise ValueError("batch < 1")
    # erst mischen (falls gewuenscht), X und y gleich
    if rng is not None:
        perm = rng.permutation(anzahl)
        X, y = X[perm], y[perm]
    for anfang in range(0, anzahl, batch):
        ende = anfang + batch
        if ende > anzahl and drop_last:
            return
        yield X[anfang:ende], y[anfang:ende]


def parse_idx(data):
    if len(data) < 4:
        raise ValueError("zu kurz")
    if data[:3] != b"\x00\x00\x08":
        raise ValueError("falscher Kopf")
    achsen = data[3]
    if achsen == 0:
        raise ValueError("keine Achse")
    kopf = 4 + 4 * achsen
    if len(data) < kopf:
        raise ValueError("Kopf unvollstaendig")
    form = tuple(int(g) for g in np.frombuffer(data[4:kopf], dtype=">u4"))
    if len(data) - kopf != math.prod(form):
        raise ValueError("falsche Anzahl Werte")
    return np.frombuffer(data[kopf:], dtype=np.uint8).reshape(form)
