"""The losses of torch.nn from scratch: their value, their gradient, and how both come about."""

from lossbook.classification import CrossEntropyLoss, NLLLoss
from lossbook.loss import Loss

__all__ = ["CrossEntropyLoss", "Loss", "NLLLoss"]
