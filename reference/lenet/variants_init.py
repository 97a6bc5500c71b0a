"""Wrong variants of LeNet5Numpy.init, most frequent first."""

import numpy as np

from grader.checks import misconception

from . import solution as ref


@misconception("lenet.LeNet5Numpy/init-fan-in-of-c3", source="S1 L917-920",
    advice="The fan-in of a map of C3 is 25 times the maps that *it* sees, 3, 4 or 6: it differs from map to map.")
class OneFanInForC3(ref.LeNet5Numpy):
    def init(self, seed):
        mask = ref.c3_mask()
        drawn = np.random.default_rng(seed).uniform(-1, 1, (16, 6, 5, 5))
        return super().init(seed) | {"C3.w": drawn * np.sqrt(3 / 150) * mask}


@misconception("lenet.LeNet5Numpy/init-normal", source="S4 L1400",
    advice="The bound is ±√(3/fan_in), uniform: standard normal weights are far too large and tanh saturates.")
class InitNormal(ref.LeNet5Numpy):
    def init(self, seed):
        rng, params = np.random.default_rng(seed), super().init(seed)
        return {name: array if name[3] == "b" or name[0] == "S" else rng.normal(size=array.shape) * (array != 0)
                for name, array in params.items()}


@misconception("lenet.LeNet5Numpy/init-one-over-root", source="PyTorch, torch.nn.Linear",
    advice="±1/√fan_in has the variance 1/(3·fan_in), three times too small: the bound is √(3/fan_in).")
class InitOneOverRoot(ref.LeNet5Numpy):
    def init(self, seed):
        return {name: array if name[0] == "S" else array / np.sqrt(3) for name, array in super().init(seed).items()}


@misconception("lenet.LeNet5Numpy/init-fan-out", source="S4 L1400",
    advice="fan_in counts what goes *into* a unit: D for a (D, K) matrix, C·5·5 for a kernel (F, C, 5, 5).")
class InitFanOut(ref.LeNet5Numpy):
    def init(self, seed):
        params = super().init(seed)
        return params | {"F6.w": params["F6.w"] * np.sqrt(120 / 84), "F7.w": params["F7.w"] * np.sqrt(8.4)}


@misconception("lenet.LeNet5Numpy/init-ignores-seed", source="real submission",
    advice="Draw from np.random.default_rng(seed): the same seed must give the same parameters.")
class InitIgnoresSeed(ref.LeNet5Numpy):
    def init(self, seed):
        return super().init(np.random.randint(1 << 30))


@misconception("lenet.LeNet5Numpy/init-fixed-seed", source="real submission",
    advice="Use the seed that is given: with a constant every seed gives the same parameters.")
class InitFixedSeed(ref.LeNet5Numpy):
    def init(self, seed):
        return super().init(42)


@misconception("lenet.LeNet5Numpy/init-zeros", source="S4 L1400",
    advice="With all weights 0 every hidden unit stays like its neighbour: draw the weights at random.")
class InitZeros(ref.LeNet5Numpy):
    def init(self, seed):
        return {name: np.zeros_like(array) for name, array in super().init(seed).items()}


@misconception("lenet.LeNet5Numpy/init-coefficient-one", source="S1 L907",
    advice="S2.w and S4.w begin with 1/4, the mean of the four pixels; sums four times as large saturate tanh.")
class InitCoefficientOne(ref.LeNet5Numpy):
    def init(self, seed):
        return super().init(seed) | {"S2.w": np.ones(6), "S4.w": np.ones(16)}


@misconception("lenet.LeNet5Numpy/init-float32", source="torch's default dtype",
    advice="The part in NumPy is in float64: no astype(np.float32), else gradients cannot be checked by differences.")
class InitFloat32(ref.LeNet5Numpy):
    def init(self, seed):
        return {name: array.astype(np.float32) for name, array in super().init(seed).items()}
