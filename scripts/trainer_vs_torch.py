"""Times the trainer beside PyTorch on the same work, and prints rates and ratios.

Work: a chain of hidden layers with ReLU (64 features, 10 classes, cross-entropy), plain SGD, every matrix trained, each network
with its own rate and minibatches. PyTorch runs it in two ways: networks one after another with linear layers and torch.optim.SGD,
and all at once as batched products with autograd, which is the fastest that we know how to write there.

Both sides take turns, so that what else the machine does falls on both; the best of the repeats counts. Needs a toolchain for Rust
and a Python with PyTorch:

    python scripts/trainer_vs_torch.py [--threads 1] [--networks 1 8 56] [--features avx512]
"""

import argparse
import os
import subprocess
import time

import torch

FEATURES, CLASSES, SAMPLES = 64, 10, 1024


class Batched:
    """All networks at once: matrices (G, rows, columns), values (G, n, B)."""

    def __init__(self, networks, depth, width, batch):
        draw = lambda rows, columns, std: (torch.randn(networks, rows, columns) * std).requires_grad_()
        self.weights = [draw(width, FEATURES, FEATURES**-0.5)]
        self.weights += [draw(width, width, (2 / width) ** 0.5) for _ in range(depth)]
        self.weights += [draw(CLASSES, width, 2**0.5 / width)]
        self.rates = torch.full((networks, 1, 1), 1e-3)
        self.networks, self.batch = networks, batch
        self.inputs, self.labels = torch.randn(SAMPLES, FEATURES), torch.randint(CLASSES, (SAMPLES,))

    def step(self):
        chosen = torch.randint(SAMPLES, (self.networks, self.batch))
        value, labels = self.inputs[chosen].transpose(1, 2), self.labels[chosen]
        for matrix in self.weights[:-1]:
            value = torch.bmm(matrix, value).relu()
        outputs = torch.bmm(self.weights[-1], value)
        # The networks share nothing, so the gradient of the sum is each one's own.
        loss = torch.nn.functional.cross_entropy(outputs, labels, reduction="sum") / self.batch
        gradients = torch.autograd.grad(loss, self.weights)
        with torch.no_grad():
            for matrix, gradient in zip(self.weights, gradients):
                matrix -= self.rates * gradient
        return float(loss.detach())


class OneByOne:
    """Each network by itself, as a training script has it."""

    def __init__(self, networks, depth, width, batch):
        sizes = [FEATURES] + [width] * (depth + 1)
        layers = lambda: [m for a, b in zip(sizes, sizes[1:]) for m in (torch.nn.Linear(a, b, bias=False), torch.nn.ReLU())]
        make = lambda: torch.nn.Sequential(*layers(), torch.nn.Linear(width, CLASSES, bias=False))
        self.models = [make() for _ in range(networks)]
        self.optimisers = [torch.optim.SGD(model.parameters(), lr=1e-3) for model in self.models]
        self.inputs, self.labels, self.batch = torch.randn(SAMPLES, FEATURES), torch.randint(CLASSES, (SAMPLES,)), batch

    def step(self):
        for model, optimiser in zip(self.models, self.optimisers):
            chosen = torch.randint(SAMPLES, (self.batch,))
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(self.inputs[chosen]), self.labels[chosen])
            loss.backward()
            optimiser.step()
            loss.item()


def torch_rate(work, networks, steps):
    start = time.perf_counter()
    for _ in range(steps):
        work.step()
    return networks * steps / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--networks", type=int, nargs="+", default=[1, 8, 56])
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5, help="turns of either side")
    parser.add_argument("--features", default="", help="features of the trainer, for instance avx512")
    parser.add_argument("--profile", default="release", help="profile of the trainer's build")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    cargo = ["--profile", options.profile, "-q", "-p", "archscale-train", "--example", "steps"]
    cargo += ["--features", options.features] if options.features else []
    subprocess.run(["cargo", "build", *cargo], cwd=root, check=True)
    environment = {**os.environ, "RAYON_NUM_THREADS": str(options.threads)}

    def trainer_rate(networks, steps):
        sizes = [networks, options.depth, options.width, options.batch, steps, 2]
        command = ["cargo", "run", *cargo, "--", *map(str, sizes)]
        output = subprocess.run(command, cwd=root, check=True, env=environment, capture_output=True, text=True)
        return max(map(float, output.stdout.split()))

    shape = f"chain:{options.depth}, width {options.width}, batch {options.batch}, {options.threads} thread(s)"
    print(f"network-steps per second, {shape}, PyTorch {torch.__version__}")
    print(f"{'networks':>8} {'trainer':>10} {'one by one':>12} {'batched':>10} {'ratios':>14}")
    for networks in options.networks:
        # About the same time for each count, at least a few steps.
        steps = max(5, 400 // networks)
        sizes = (networks, options.depth, options.width, options.batch)
        works = [OneByOne(*sizes), Batched(*sizes)]
        for work in works:
            torch_rate(work, networks, 3)
        best = [0.0, 0.0, 0.0]
        for _ in range(options.repeats):
            rates = [trainer_rate(networks, steps)] + [torch_rate(work, networks, steps) for work in works]
            best = [max(pair) for pair in zip(best, rates)]
        ratios = f"{best[0] / best[1]:.2f}, {best[0] / best[2]:.2f}"
        print(f"{networks:>8} {best[0]:>10.0f} {best[1]:>12.0f} {best[2]:>10.0f} {ratios:>14}", flush=True)


if __name__ == "__main__":
    main()
