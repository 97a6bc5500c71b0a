# expect: failed learning_curves.diagnose/absolute-thresholds
# mistake: diagnose: the curves are not divided by the first train loss, the thresholds are applied to the raw losses.
# Lernkurven lesen
import numpy as np


class Kurve:
    """Eine Kurve und was man an ihr misst."""

    def __init__(self, werte):
        self.werte = werte
        self.T = len(werte)
        self.n = max(1, self.T // 10)

    def ende(self):
        return np.mean(self.werte[self.T - self.n:])

    def mitte(self):
        m = self.T // 2
        return np.mean(self.werte[m:m + self.n])

    def tiefster(self):
        return min(np.mean(self.werte[i:i + self.n]) for i in range(self.T - self.n + 1))

    def zittern(self):
        abstaende = []
        for t in range(self.T // 2 + 1, self.T - 1):
            nachbarn = 0.5 * (self.werte[t - 1] + self.werte[t + 1])
            abstaende.append(abs(self.werte[t] - nachbarn))
        return np.median(abstaende)


def diagnose(history):
    train_roh = history["train_loss"]
    val_roh = history["val_loss"]

    # explodiert?
    if np.any(~np.isfinite(train_roh)) or np.any(~np.isfinite(val_roh)):
        return "diverging"

    train = Kurve(train_roh)
    val = Kurve(val_roh)

    gelernt = train_roh[0] - train.ende()
    train_faellt = train.mitte() - train.ende() > 0.09
    val_faellt = val.mitte() - val.ende() > 0.08
    anstieg = val.ende() - val.tiefster()
    abstand = val.ende() - train.ende()

    if gelernt < -0.25:
        return "diverging"
    elif val.zittern() > 0.1:
        return "unrepresentative_val"
    elif gelernt < 0.3:
        return "underfit"
    elif anstieg > 0.16:
        return "overfit"
    elif train_faellt and val_faellt:
        return "stopped_early"
    elif train_faellt:
        return "plateau_val"
    elif abstand > 0.2:
        return "unrepresentative_train"
    else:
        return "good"


def stop_epoch(val_loss, patience):
    if patience < 1:
        raise ValueError("patience muss mindestens 1 sein")
    bester = np.inf
    letzte_verbesserung = 0
    for epoche in range(len(val_loss)):
        if val_loss[epoche] < bester:
            bester = val_loss[epoche]
            letzte_verbesserung = epoche
        if epoche - letzte_verbesserung == patience:
            return epoche
    return len(val_loss) - 1


def report_card(history):
    train = history["train_loss"]
    val = history["val_loss"]

    beste_epoche = None
    for epoche in range(len(val)):
        if np.isnan(val[epoche]):
            continue
        if beste_epoche is None or val[epoche] < val[beste_epoche]:
            beste_epoche = epoche

    zeugnis = {}
    zeugnis["epochs"] = int(len(train))
    zeugnis["best_epoch"] = beste_epoche
    zeugnis["best_val_loss"] = float(val[beste_epoche])
    zeugnis["gap"] = float(val[beste_epoche] - train[beste_epoche])
    zeugnis["diagnosis"] = diagnose(history)
    return zeugnis
