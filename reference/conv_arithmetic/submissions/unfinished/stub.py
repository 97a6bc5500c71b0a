# expect: missing
import numpy as np  # noqa: F401


def conv_out(n, k, p=0, s=1, d=1):
    raise NotImplementedError("not written yet")


def pool_out(n, k, s=None, p=0):
    raise NotImplementedError("not written yet")


def tconv_out(n, k, p=0, s=1, d=1, op=0):
    raise NotImplementedError("not written yet")


def same_padding(k, d=1):
    raise NotImplementedError("not written yet")


def receptive_field(layers):
    raise NotImplementedError("not written yet")


def conv_params(cin, cout, k, bias=True, groups=1):
    raise NotImplementedError("not written yet")


def fc_params(n_in, n_out, bias=True):
    raise NotImplementedError("not written yet")


def conv_macs(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    raise NotImplementedError("not written yet")


def c3_connections():
    raise NotImplementedError("not written yet")


def lenet5_table(f7="fc"):
    raise NotImplementedError("not written yet")


def mlp_vs_cnn(h, w, c, units, k, filters):
    raise NotImplementedError("not written yet")
