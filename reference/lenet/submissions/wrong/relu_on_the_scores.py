# expect: failed lenet.Net/relu-after-fc3
# mistake: Net: the last layer fc3 is followed by a ReLU as well, so no score can be negative
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# table I of the paper: map j of C3 sees the maps C3_SEES[j] of S2
C3_SEES = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        # Faltungsteil
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=6, kernel_size=5)
        self.conv2 = nn.Conv2d(in_channels=6, out_channels=16, kernel_size=5)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        # vollverbundener Teil
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for faltung in (self.conv1, self.conv2):
            x = self.pool(torch.relu(faltung(x)))
        x = x.reshape(x.shape[0], -1)
        for schicht in (self.fc1, self.fc2, self.fc3):
            x = torch.relu(schicht(x))
        return x


def subsample_forward(x, w, b):
    summe = x[:, :, 0::2, 0::2] + x[:, :, 0::2, 1::2] + x[:, :, 1::2, 0::2] + x[:, :, 1::2, 1::2]
    out = summe * w.reshape(1, -1, 1, 1) + b.reshape(1, -1, 1, 1)
    cache = {"summe": summe, "w": w, "form": x.shape}
    return out, cache


def subsample_backward(dout, cache):
    dx = np.zeros(cache["form"])
    verteilt = dout * cache["w"].reshape(1, -1, 1, 1)
    for zeile in range(2):
        for spalte in range(2):
            dx[:, :, zeile::2, spalte::2] = verteilt
    dw = np.einsum("nchw,nchw->c", dout, cache["summe"])
    db = np.einsum("nchw->c", dout)
    return dx, dw, db


class LeNet5Numpy:
    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        zufall = np.random.default_rng(seed)
        formen = {
            "C1": ((6, 1, 5, 5), 6, 25),
            "C5": ((120, 16, 5, 5), 120, 400),
            "F6": ((120, 84), 84, 120),
            "F7": ((84, 10), 10, 84),
        }
        params = {}
        for name, (form, n_bias, fan_in) in formen.items():
            grenze = (3 / fan_in) ** 0.5
            params[name + ".w"] = zufall.uniform(-grenze, grenze, form)
            params[name + ".b"] = np.zeros(n_bias)
        for name, n in (("S2", 6), ("S4", 16)):
            params[name + ".w"] = 0.25 * np.ones(n)
            params[name + ".b"] = np.zeros(n)
        # C3: nur die Kerne aus der Tabelle
        w = np.zeros((16, 6, 5, 5))
        for j in range(16):
            grenze = (3 / (25 * len(C3_SEES[j]))) ** 0.5
            for i in C3_SEES[j]:
                w[j, i] = zufall.uniform(-grenze, grenze, (5, 5))
        params["C3.w"] = w
        params["C3.b"] = np.zeros(16)
        return params

    def forward(self, x, params):
        faltung = self.layers["conv2d_forward"]
        cache = {"params": params}

        u, cache["C1"] = faltung(x, params["C1.w"], params["C1.b"])
        cache["h1"] = np.tanh(u)

        u, cache["S2"] = subsample_forward(cache["h1"], params["S2.w"], params["S2.b"])
        cache["h2"] = np.tanh(u)

        # C3: sechzehn kleine Faltungen
        karten, cache["C3"] = [], []
        for j, sieht in enumerate(C3_SEES):
            sieht = list(sieht)
            u, c = faltung(cache["h2"][:, sieht], params["C3.w"][j : j + 1, sieht], params["C3.b"][j : j + 1])
            karten.append(u)
            cache["C3"].append(c)
        cache["h3"] = np.tanh(np.concatenate(karten, axis=1))

        u, cache["S4"] = subsample_forward(cache["h3"], params["S4.w"], params["S4.b"])
        cache["h4"] = np.tanh(u)

        u, cache["C5"] = faltung(cache["h4"], params["C5.w"], params["C5.b"])
        cache["h5"] = np.tanh(u[:, :, 0, 0])

        cache["h6"] = np.tanh(cache["h5"].dot(params["F6.w"]) + params["F6.b"])
        scores = cache["h6"].dot(params["F7.w"]) + params["F7.b"]
        return scores, cache

    def backward(self, dscores, cache):
        zurueck = self.layers["conv2d_backward"]
        params = cache["params"]
        g = {}

        g["F7.w"] = cache["h6"].T.dot(dscores)
        g["F7.b"] = dscores.sum(axis=0)
        dh = dscores.dot(params["F7.w"].T)

        du = dh * (1 - cache["h6"] ** 2)
        g["F6.w"] = cache["h5"].T.dot(du)
        g["F6.b"] = du.sum(axis=0)
        dh = du.dot(params["F6.w"].T)

        du = dh * (1 - cache["h5"] ** 2)
        dh, g["C5.w"], g["C5.b"] = zurueck(du[:, :, None, None], cache["C5"])

        du = dh * (1 - cache["h4"] ** 2)
        dh, g["S4.w"], g["S4.b"] = subsample_backward(du, cache["S4"])

        du = dh * (1 - cache["h3"] ** 2)
        dh = np.zeros_like(cache["h2"])
        g["C3.w"] = np.zeros((16, 6, 5, 5))
        g["C3.b"] = np.zeros(16)
        for j, sieht in enumerate(C3_SEES):
            sieht = list(sieht)
            dx, dw, db = zurueck(du[:, j : j + 1], cache["C3"][j])
            dh[:, sieht] += dx
            g["C3.w"][j, sieht] = dw[0]
            g["C3.b"][j] = db[0]

        du = dh * (1 - cache["h2"] ** 2)
        dh, g["S2.w"], g["S2.b"] = subsample_backward(du, cache["S2"])

        du = dh * (1 - cache["h1"] ** 2)
        _, g["C1.w"], g["C1.b"] = zurueck(du, cache["C1"])
        return g
