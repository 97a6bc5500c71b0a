# expect: missing
"""The file is there, the class is not."""
import torch.nn as nn

layers = [nn.Conv2d(3, 6, 5), nn.MaxPool2d(2, 2)]
