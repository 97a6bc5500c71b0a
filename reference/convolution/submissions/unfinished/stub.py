# expect: missing
import numpy as np  # noqa: F401


def xcorr2d(x, k):
    raise NotImplementedError("not written yet")


def conv2d_true(x, k):
    raise NotImplementedError("not written yet")


def full_conv(dout, k):
    raise NotImplementedError("not written yet")


def conv_matrix(k, xshape):
    raise NotImplementedError("not written yet")


def im2col(x, kh, kw, s=1, p=0, d=1):
    raise NotImplementedError("not written yet")


def col2im(cols, xshape, kh, kw, s=1, p=0, d=1):
    raise NotImplementedError("not written yet")


def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
    raise NotImplementedError("not written yet")


def conv2d_backward(dout, cache):
    raise NotImplementedError("not written yet")


def maxpool_forward(x, k, s=None):
    raise NotImplementedError("not written yet")


def maxpool_backward(dout, cache):
    raise NotImplementedError("not written yet")


def avgpool_forward(x, k, s=None):
    raise NotImplementedError("not written yet")


def avgpool_backward(dout, cache):
    raise NotImplementedError("not written yet")


def l2pool_forward(x, k, s=None):
    raise NotImplementedError("not written yet")


def l2pool_backward(dout, cache):
    raise NotImplementedError("not written yet")


def equivariance_gap(f, x, shift):
    raise NotImplementedError("not written yet")
