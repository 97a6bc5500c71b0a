"""Wrong variants of generate, most frequent first."""

import torch

from grader.checks import misconception

NAME = "attention.generate"
LIKELY = "a likely slip, without a slide that prints it"


def extended(model, start, steps, seen=lambda tokens: tokens, choose=lambda logits: logits[:, -1].argmax(dim=-1)):
    """`steps` times: `choose` from the logits of what the model has `seen`, append."""
    tokens = start.clone()
    for _ in range(steps):
        best = choose(model(seen(tokens)))
        tokens = torch.cat([tokens, best.reshape(len(tokens), 1)], dim=1)
    return tokens


@misconception(f"{NAME}/last-token-only", source="recurrent networks, which carry a state",
    advice="The model has no memory: give it the whole sequence each time, not only the newest token.")
def last_token_only(model, start, steps):
    return extended(model, start, steps, seen=lambda tokens: tokens[:, -1:])


@misconception(f"{NAME}/start-only", source=LIKELY,
    advice="The tokens that were just appended belong to the input of the next step: call the model on the "
           "longer sequence.")
def start_only(model, start, steps):
    return extended(model, start, steps, seen=lambda tokens: start)


@misconception(f"{NAME}/without-start", source=LIKELY,
    advice="The result begins with start: (N, T0 + steps) tokens.")
def without_start(model, start, steps):
    return extended(model, start, steps)[:, start.shape[1] :]


@misconception(f"{NAME}/first-logits", source=LIKELY,
    advice="The next token follows the last one: take the logits at position −1, not at 0.")
def first_logits(model, start, steps):
    return extended(model, start, steps, choose=lambda logits: logits[:, 0].argmax(dim=-1))


@misconception(f"{NAME}/mean-logits", source=LIKELY,
    advice="Only the logits at the last position say what comes next; do not average over the positions.")
def mean_logits(model, start, steps):
    return extended(model, start, steps, choose=lambda logits: logits.mean(dim=1).argmax(dim=-1))


@misconception(f"{NAME}/samples", source="sampling, the usual alternative",
    advice="Greedy means the largest logit, argmax; no draw from the softmax.")
def samples(model, start, steps):
    def draw(logits):
        return torch.multinomial(torch.softmax(logits[:, -1].double(), dim=-1), 1)

    return extended(model, start, steps, choose=draw)


@misconception(f"{NAME}/one-for-all", source="argmax without dim, .item()",
    advice="Each sequence has its own next token: argmax over the last axis of (N, V), not over the whole "
           "tensor.")
def one_for_all(model, start, steps):
    return extended(model, start, steps, choose=lambda logits: logits[0, -1].argmax().expand(len(start)))


@misconception(f"{NAME}/one-too-few", source=LIKELY,
    advice="steps is the number of new tokens; here there is one too few.")
def one_too_few(model, start, steps):
    return extended(model, start, max(steps - 1, 0))


@misconception(f"{NAME}/up-to-steps", source="max_length of some libraries",
    advice="steps is the number of new tokens, not the length of the result.")
def up_to_steps(model, start, steps):
    return extended(model, start, max(steps - start.shape[1], 0))


@misconception(f"{NAME}/sliding", source="a window of fixed length",
    advice="The sequence grows by one at each step; do not drop its first token.")
def sliding(model, start, steps):
    tokens = start.clone()
    for _ in range(steps):
        best = model(tokens)[:, -1].argmax(dim=-1, keepdim=True)
        tokens = torch.cat([tokens[:, 1:], best], dim=1)
    return tokens


@misconception(f"{NAME}/in-front", source=LIKELY,
    advice="New tokens are appended at the end, torch.cat([tokens, new], dim=1), not put in front.")
def in_front(model, start, steps):
    tokens = start.clone()
    for _ in range(steps):
        best = model(tokens)[:, -1].argmax(dim=-1, keepdim=True)
        tokens = torch.cat([best, tokens], dim=1)
    return tokens


@misconception(f"{NAME}/as-list", source=LIKELY,
    advice="A tensor is asked, (N, T0 + steps) int64, not a list.")
def as_list(model, start, steps):
    return extended(model, start, steps).tolist()


@misconception(f"{NAME}/floats", source="torch.zeros(N, T0 + steps) filled up",
    advice="Tokens are int64; torch.zeros and torch.empty give float32 unless you say dtype=torch.int64.")
def floats(model, start, steps):
    return extended(model, start, steps).float()


@misconception(f"{NAME}/smallest", source=LIKELY,
    advice="The likeliest token has the largest logit: argmax.")
def smallest(model, start, steps):
    return extended(model, start, steps, choose=lambda logits: logits[:, -1].argmin(dim=-1))


@misconception(f"{NAME}/overwrites-start", source=LIKELY,
    advice="start belongs to the caller: clone it before you write into it.")
def overwrites_start(model, start, steps):
    tokens = extended(model, start, steps)
    start[:] = tokens[:, -start.shape[1] :]
    return tokens
