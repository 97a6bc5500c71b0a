"""Wrong forward passes of the residual block; its layers are right."""

import torch
from torch.nn import functional

from grader.checks import misconception

from . import solution as ref


def inner(block, x):
    """(N, cin, H, W) → (N, cout, H', W'): what follows the first ReLU."""
    return torch.relu(block.bn1(block.conv1(x)))


def branch(block, x):
    """F(x), (N, cin, H, W) → (N, cout, H', W')."""
    return block.bn2(block.conv2(inner(block, x)))


def shortcut(block, x):
    """x, or its projection."""
    return block.bn_proj(block.proj(x)) if block.projects else x


@misconception("resnet_inception.BasicBlock/relu-before-add", source="S2 L482; He et al. 2016, figure 2",
    advice="ReLU comes after the addition. Before it, F(x) could only ever increase x, and a negative sum "
    "would pass.")
class ReluBeforeAdd(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x)) + shortcut(self, x)


@misconception("resnet_inception.BasicBlock/relu-before-and-after-add", source="He et al. 2016, figure 2",
    advice="No ReLU between the second BN and the addition: F(x) must be able to be negative, or it cannot "
    "lower x.")
class ReluTwice(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(torch.relu(branch(self, x)) + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/no-final-relu", source="He et al. 2016, section 3.2",
    advice="A ReLU follows the addition; as written the block ends with the sum itself.")
class NoFinalRelu(ref.BasicBlock):
    def forward(self, x):
        return branch(self, x) + shortcut(self, x)


@misconception("resnet_inception.BasicBlock/no-shortcut", source="S2 L480-482",
    advice="This is a plain stack of layers: the shortcut has to be added to F(x) before the last ReLU.")
class NoShortcut(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x))


@misconception("resnet_inception.BasicBlock/in-place-add",
    source="PyTorch, notes on autograd: in-place operations",
    advice="x += … writes into the caller's tensor, which autograd still needs for the gradient of conv1. Make a new "
    "tensor (x + …), or write into the result of your own last layer.")
class InPlaceAdd(ref.BasicBlock):
    def forward(self, x):
        out = branch(self, x)
        identity = shortcut(self, x)
        identity += out
        return torch.relu(identity)


@misconception("resnet_inception.BasicBlock/multiplied", source="S2 L482: x + F(x)",
    advice="The shortcut is added, not multiplied: only a sum has a derivative that contains the identity.")
class Multiplied(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x) * shortcut(self, x))


@misconception("resnet_inception.BasicBlock/concatenated", source="Huang et al. 2017 (DenseNet)",
    advice="Residual blocks add, they do not concatenate (that is DenseNet): the block has cout channels, "
    "not twice as many.")
class Concatenated(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(torch.cat([branch(self, x), shortcut(self, x)], dim=1))


@misconception("resnet_inception.BasicBlock/subtracted", source="S2 L482",
    advice="The block computes F(x) + x, not F(x) - x.")
class Subtracted(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x) - shortcut(self, x))


@misconception("resnet_inception.BasicBlock/averaged", source="S2 L482",
    advice="The sum is not divided by 2: a factor of 1/2 a block takes the gradient of the shortcut away "
    "again.")
class Averaged(ref.BasicBlock):
    def forward(self, x):
        return torch.relu((branch(self, x) + shortcut(self, x)) / 2)


@misconception("resnet_inception.BasicBlock/no-inner-relu", source="He et al. 2016, figure 2",
    advice="A ReLU follows the first BN; without it the two convolutions are one linear map.")
class NoInnerRelu(ref.BasicBlock):
    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x))))
        return torch.relu(y + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/relu-before-bn",
    source="He et al. 2016, section 3.4: BN right after each convolution",
    advice="The order is convolution, BN, ReLU: BN comes before the activation.")
class ReluBeforeBN(ref.BasicBlock):
    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(torch.relu(self.conv1(x)))))
        return torch.relu(y + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/bn2-forgotten", source="He et al. 2016, section 3.4",
    advice="The second BN is made, but not used: it stands between conv2 and the addition.")
class ForgotBN2(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(self.conv2(inner(self, x)) + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/bn1-used-twice", source="torch.nn.BatchNorm2d",
    advice="Each convolution has a BN of its own: here bn1 serves both, and its running statistics mix two "
    "layers.")
class SharedBN(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(self.bn1(self.conv2(inner(self, x))) + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/bn-after-add", source="He et al. 2016, section 3.4",
    advice="The second BN belongs to F: normalise before the addition, or the shortcut is no identity any "
    "more.")
class BNAfterAdd(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(inner(self, x)) + shortcut(self, x)))


@misconception("resnet_inception.BasicBlock/projection-bn-forgotten", source="He et al. 2016, section 3.4",
    advice="bn_proj is made, but not used: it follows the 1×1 convolution of the shortcut.")
class ForgotProjectionBN(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x) + (self.proj(x) if self.projects else x))


@misconception("resnet_inception.BasicBlock/relu-in-the-shortcut", source="He et al. 2016, equation 2",
    advice="The shortcut is linear: no ReLU after its projection.")
class ReluInProjection(ref.BasicBlock):
    def forward(self, x):
        side = torch.relu(shortcut(self, x)) if self.projects else x
        return torch.relu(branch(self, x) + side)


@misconception("resnet_inception.BasicBlock/shortcut-after-relu", source="He et al. 2016, figure 2",
    advice="The shortcut starts at x itself: not at ReLU(x), and not behind the first convolution.")
class ShortcutAfterRelu(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x) + shortcut(self, torch.relu(x)))


@misconception("resnet_inception.BasicBlock/shortcut-around-conv2-only", source="He et al. 2016, figure 2",
    advice="The shortcut goes around both convolutions: add x (or its projection), not the result of the "
    "first one.")
class ShortShortcut(ref.BasicBlock):
    def forward(self, x):
        y = inner(self, x)
        return torch.relu(self.bn2(self.conv2(y)) + y)


@misconception("resnet_inception.BasicBlock/relu-changes-input", source="torch.relu_",
    advice="An in-place ReLU on x changes the caller's images, and the shortcut with them. Keep in-place operations "
    "to your own results.")
class ReluChangesInput(ref.BasicBlock):
    def forward(self, x):
        x = torch.relu_(x)
        return torch.relu(branch(self, x) + shortcut(self, x))


@misconception("resnet_inception.BasicBlock/shortcut-detached",
    source="S2 L487: expressway for backpropagation",
    advice="detach(), no_grad() or .data in the shortcut cut the very way that the gradient should take.")
class DetachedShortcut(ref.BasicBlock):
    def forward(self, x):
        return torch.relu(branch(self, x) + shortcut(self, x).detach())


@misconception("resnet_inception.BasicBlock/always-batch-statistics", source="torch.nn.functional.batch_norm",
    advice="In eval mode BN uses its running statistics: keep nn.BatchNorm2d and its default behaviour.")
class AlwaysBatchStatistics(ref.BasicBlock):
    def forward(self, x):
        for norm in (self.bn1, self.bn2, *([self.bn_proj] if self.projects else [])):
            norm.train()
        return super().forward(x)


@misconception("resnet_inception.BasicBlock/squeezed", source="torch.squeeze",
    advice="A batch of one image is still a batch: keep (1, C, H, W), do not squeeze.")
class Squeezed(ref.BasicBlock):
    def forward(self, x):
        return super().forward(x).squeeze(0)


@misconception("resnet_inception.BasicBlock/dropout", source="Zagoruyko and Komodakis 2016 (wide ResNet)",
    advice="This block has no dropout: in train mode it differs from eval mode by its BN alone.")
class WithDropout(ref.BasicBlock):
    def forward(self, x):
        y = functional.dropout(inner(self, x), 0.5, self.training)
        return torch.relu(self.bn2(self.conv2(y)) + shortcut(self, x))
