"""One image at a time, modules for everything, in-place ReLU on own results; slow but right."""
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=6, kernel_size=(5, 5), stride=1, padding=0)
        self.conv2 = nn.Conv2d(in_channels=6, out_channels=16, kernel_size=(5, 5), stride=1, padding=0)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.flatten = nn.Flatten(start_dim=0)
        self.fc3 = nn.Linear(84, classes)
        self.fc2 = nn.Linear(120, 84)
        self.fc1 = nn.Linear(self.conv2.out_channels * 25, 120)
        for layer in (self.fc1, self.fc2, self.fc3):
            nn.init.xavier_uniform_(layer.weight)

    def one(self, image):
        maps = self.relu(self.pool(self.conv1(image[None])))
        maps = self.relu(self.pool(self.conv2(maps)))
        vector = self.flatten(maps)
        for layer in [self.fc1, self.fc2]:
            vector = torch.maximum(layer(vector), torch.zeros(()))
        return self.fc3(vector)

    def forward(self, batch):
        return torch.stack([self.one(image) for image in batch])
