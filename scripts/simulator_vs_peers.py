"""Times the simulator beside JAX and PyTorch on the same question, and prints times, ratios and memory as Markdown.

Question: E[(Δz)²] of the last hidden pre-activation after one gradient step, to a standard error of one per cent. Network: chain of L
ReLU layers of width n, weights N(0, 2/n), readout N(0, 2/n²), one fixed input of mean square ½, label ±1, squared loss.

Equal work. Every side draws fresh weights for every network from its own generator (L n² normals; the lazy methods draw the products
that are asked for instead, which is what is under test), in single precision unless a row says otherwise, runs forward, takes the
gradient of the loss and finds the change of the pre-activation. Each peer does so in two ways, as such code is usually written and
in the way that we found fastest there, which is also the way of our dense simulator:
  step     automatic differentiation, W ← W − ηG with η = 1e-4, a second forward pass, Δz/η; the gradients are n × n matrices;
  tangent  forward, backward and tangent passes by hand: a gradient δ xᵀ moves W x by δ |x|², so no n × n gradient is formed.
JAX is jitted and vmapped, PyTorch batched (bmm); before the clock starts each compiles and tries a few batch sizes, and keeps the best.

Time is time per network times the networks that one per cent needs, 10⁴ Var/mean². How weights are drawn does not change the law of a
network, so one variance per size, measured on lazy networks, serves every method that draws the readout; the projected readout has its
own. (Methods that draw the label too need up to 4 f² more, a few per cent at width 256; this is left out, in their favour.) At the
largest size the dense methods run only one network at a time and a few in all: their times per network are measured, the number
that they would need is computed. Means must agree within six standard errors, or the script stops.

All methods take turns, held to one processor core; the time is processor time, so that what else the machine does matters little. A
ratio is taken within a round; median and range over rounds are printed. Peak memory is that of the method's own process, interpreter
and libraries included.

    python scripts/simulator_vs_peers.py [--sizes 256,4 1024,8 4096,16] [--rounds 5 5 2] [--figure FILE.svg]

The program one_step runs one network before its clock starts, as the peers run theirs, so that no side counts the first touch of its
memory.

needs a toolchain for Rust, Linux, and a Python with JAX and PyTorch.
"""

import argparse
import importlib.metadata
import json
import math
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ETA = 1e-4
OURS = {
    "dense": ("dense", "sampled", "f32"),
    "dense f64": ("dense", "sampled", "f64"),
    "lazy": ("lazy", "sampled", "f32"),
    "lazy f64": ("lazy", "sampled", "f64"),
    "lazy, readout projected": ("lazy", "projected", "f32"),
}
PEERS = ["JAX step", "JAX tangent", "PyTorch step", "PyTorch tangent"]


def jax_work(way, width, depth, batch):
    import jax
    import jax.numpy as jnp

    x = jnp.full((width,), 0.5**0.5)

    def forward(weights):
        values, z = [x], None
        for matrix in weights:
            z = matrix @ values[-1]
            values.append(jax.nn.relu(z))
        return values, z

    def draw(key):
        keys = jax.random.split(key, depth + 2)
        weights = [jax.random.normal(key, (width, width)) * (2 / width) ** 0.5 for key in keys[:depth]]
        return weights, jax.random.normal(keys[depth], (width,)) * (2**0.5 / width), jax.random.rademacher(keys[-1], (), float)

    def step(key):
        weights, readout, label = draw(key)

        def loss(weights):
            values, z = forward(weights)
            return 0.5 * (readout @ values[-1] - label) ** 2, z

        gradients, z = jax.grad(loss, has_aux=True)(weights)
        _, moved = forward([matrix - ETA * gradient for matrix, gradient in zip(weights, gradients)])
        return jnp.mean(((moved - z) / ETA) ** 2)

    def tangent(key):
        weights, readout, label = draw(key)
        values, _ = forward(weights)
        gates = [value > 0 for value in values[1:]]
        residual = readout @ values[-1] - label
        deltas = [jnp.where(gates[-1], readout, 0)]
        for matrix, gate in zip(weights[:0:-1], gates[-2::-1]):
            deltas.insert(0, jnp.where(gate, matrix.T @ deltas[0], 0))
        change = deltas[0] * (x @ x)
        for k in range(1, depth):
            change = weights[k] @ jnp.where(gates[k - 1], change, 0) + deltas[k] * (values[k] @ values[k])
        return residual**2 * jnp.mean(change**2)

    @jax.jit
    def changes(seed, call):
        keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), call), batch)
        return jax.vmap({"step": step, "tangent": tangent}[way])(keys)

    return lambda seed, call: changes(seed, call).tolist()


def torch_work(way, width, depth, batch):
    import torch

    torch.set_num_threads(1)
    x = torch.full((batch, width, 1), 0.5**0.5)

    def forward(weights):
        values, z = [x], None
        for matrix in weights:
            z = torch.bmm(matrix, values[-1])
            values.append(z.relu())
        return values, z

    def draw():
        weights = [torch.randn(batch, width, width).mul_((2 / width) ** 0.5) for _ in range(depth)]
        return weights, torch.randn(batch, width, 1).mul_(2**0.5 / width), torch.randint(2, (batch, 1, 1)) * 2.0 - 1

    def step():
        weights, readout, label = draw()
        for matrix in weights:
            matrix.requires_grad_()
        values, z = forward(weights)
        # The networks share nothing, so the gradient of the sum is each one's own.
        loss = 0.5 * ((readout * values[-1]).sum(1, keepdim=True) - label).square().sum()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for matrix, gradient in zip(weights, gradients):
                matrix -= ETA * gradient
            _, moved = forward(weights)
            return ((moved - z) / ETA).square().mean((1, 2))

    @torch.no_grad()
    def tangent():
        weights, readout, label = draw()
        values, _ = forward(weights)
        gates = [(value > 0).float() for value in values[1:]]
        residual = (readout * values[-1]).sum(1, keepdim=True) - label
        deltas = [readout * gates[-1]]
        for matrix, gate in zip(weights[:0:-1], gates[-2::-1]):
            deltas.insert(0, torch.bmm(matrix.transpose(1, 2), deltas[0]) * gate)
        square = lambda value: value.square().sum(1, keepdim=True)
        change = deltas[0] * square(x)
        for k in range(1, depth):
            change = torch.bmm(weights[k], change * gates[k - 1]) + deltas[k] * square(values[k])
        return (residual * change).square().mean((1, 2))

    def work(seed, call):
        if call == 0:
            torch.manual_seed(seed)
        return {"step": step, "tangent": tangent}[way]().tolist()

    return work


def peak_memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def worker(method, width, depth):
    """A peer's process: reads `networks seed` lines, answers as the example does."""
    library, way = method.split()
    make = {"JAX": jax_work, "PyTorch": torch_work}[library]
    # Batches beyond these have more weights than the caches hold.
    sizes = [size for size in (1, 4, 16, 64) if size == 1 or size * width**2 <= 1 << 22]
    best = None
    for size in sizes:
        work = make(way, width, depth, size)
        if len(sizes) > 1 or library == "JAX":
            work(0, 0)
        rate = float("inf")
        for turn in range(3 if len(sizes) > 1 else 0):
            start = time.process_time()
            work(turn, 0)
            rate = min(rate, (time.process_time() - start) / size)
        if best is None or rate < best[0]:
            best = (rate, size, work)
    _, size, work = best
    print("ready", flush=True)
    for line in sys.stdin:
        networks, seed = map(int, line.split())
        calls = -(-networks // size)
        wall, start = time.perf_counter(), time.process_time()
        changes = [change for call in range(calls) for change in work(seed, call)]
        used, wall = time.process_time() - start, time.perf_counter() - wall
        answer = {"networks": len(changes), "seconds": wall, "processor_seconds": used, "mean": statistics.fmean(changes)}
        answer["variance"] = statistics.variance(changes) if len(changes) > 1 else None
        print(json.dumps({**answer, "peak_kib": peak_memory(), "batch": size}), flush=True)


class Ours:
    def __init__(self, program, core, method, width, depth):
        how, readout, precision = OURS[method]
        self.command = lambda networks, seed: [program, f"chain:{depth}", width, networks, how, readout, precision, seed]
        self.hold = lambda: os.sched_setaffinity(0, {core})

    def run(self, networks, seed):
        command = list(map(str, self.command(networks, seed)))
        environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
        output = subprocess.run(command, check=True, capture_output=True, env=environment, preexec_fn=self.hold)
        return json.loads(output.stdout)

    def close(self):
        pass


class Peer:
    def __init__(self, core, method, width, depth):
        command = [sys.executable, os.path.abspath(__file__), "--worker", method, str(width), str(depth)]
        hold = lambda: os.sched_setaffinity(0, {core})
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "preexec_fn": hold}
        environment = {**os.environ, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
        self.process = subprocess.Popen(command, env=environment, **pipes)
        self.expect_ready = True

    def run(self, networks, seed):
        while self.expect_ready:
            self.expect_ready = self.process.stdout.readline().strip() != "ready"
            if self.process.poll() is not None:
                raise SystemExit("a peer's process ended early")
        print(networks, seed, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pool:
    """Mean and variance over all networks of a method."""

    def __init__(self):
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def add(self, answer):
        count, distance = answer["networks"], answer["mean"] - self.mean
        total = self.count + count
        within = (answer["variance"] or 0.0) * (count - 1)
        self.squares += within + distance**2 * self.count * count / total
        self.mean += distance * count / total
        self.count = total

    def relative_variance(self):
        return self.squares / (self.count - 1) / self.mean**2


def measure(program, core, methods, width, depth, rounds, seconds):
    """Seconds per network by method and round, pools, peaks in MiB, batch sizes."""
    make = lambda method: Peer(core, method, width, depth) if method in PEERS else Ours(program, core, method, width, depth)
    sides = {method: make(method) for method in methods}
    times, pools, peaks, batches, networks = {m: [] for m in methods}, {m: Pool() for m in methods}, {}, {}, {}
    for method, side in sides.items():
        # Pilots, which also warm up, set how many networks fill the wanted seconds. A short time may read as 0.
        count = 1 if method in PEERS or "dense" in method else 16
        while (pilot := side.run(count, 0))["processor_seconds"] < 0.1 * seconds:
            count *= 4
        networks[method] = max(1, round(seconds * pilot["networks"] / pilot["processor_seconds"]))
    for turn in range(1, rounds + 1):
        for method in methods:
            answer = sides[method].run(networks[method], turn)
            times[method].append(answer["processor_seconds"] / answer["networks"])
            pools[method].add(answer)
            peaks[method], batches[method] = answer["peak_kib"] / 1024, answer.get("batch")
    for side in sides.values():
        side.close()
    return times, pools, peaks, batches


def needed(pools, method):
    """Networks for one per cent; whoever draws the readout has the variance of lazy networks."""
    return 1e4 * pools[method if method == "lazy, readout projected" else "lazy"].relative_variance()


def costs(measured):
    """Median seconds for one per cent, by method."""
    times, pools, _, _ = measured
    return [(method, statistics.median(by_round) * needed(pools, method)) for method, by_round in times.items()]


def check(pools):
    reference = pools["lazy"]
    for method, pool in pools.items():
        variance = needed(pools, method) * 1e-4 * reference.mean**2
        error = math.sqrt(variance / pool.count + needed(pools, "lazy") * 1e-4 * reference.mean**2 / reference.count)
        if not abs(pool.mean - reference.mean) <= 6 * error:
            raise SystemExit(f"{method} finds {pool.mean}, lazy finds {reference.mean}, standard error {error}")


def show(number):
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def report(width, depth, rounds, measured):
    times, pools, peaks, batches = measured
    print(f"\n### chain:{depth}, width {width}, {rounds} rounds\n")
    print("| method | ms per network | networks run | networks for 1 % | seconds for 1 % | slower than lazy (range) | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    lazy = [time * needed(pools, "lazy") for time in times["lazy"]]
    for method, by_round in times.items():
        cost = [time * needed(pools, method) for time in by_round]
        ratios = [slow / fast for slow, fast in zip(cost, lazy)]
        spread = "1" if method == "lazy" else f"{show(statistics.median(ratios))} ({show(min(ratios))} to {show(max(ratios))})"
        name = method + (f", batches of {batches[method]}" if batches[method] else "")
        numbers = [1e3 * statistics.median(by_round), pools[method].count, needed(pools, method), statistics.median(cost)]
        print(f"| {name} | {' | '.join(map(show, numbers))} | {spread} | {show(peaks[method])} |", flush=True)
    for library in ("JAX", "PyTorch"):
        peers = [method for method in times if method.startswith(library)]
        if peers and "dense" in times:
            best = min(peers, key=lambda method: statistics.median(times[method]))
            ratios = [slow / fast for slow, fast in zip(times[best], times["dense"])]
            spread = f"{show(min(ratios))} to {show(max(ratios))}"
            print(f"\n{best}, the faster of the two, takes {show(statistics.median(ratios))} times as long as our dense ({spread}).")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--sizes", nargs="+", default=["256,4", "1024,8", "4096,16"], help="width,depth")
    parser.add_argument("--rounds", nargs="+", type=int, default=[5, 5, 2], help="for each size; the last for all that follow")
    parser.add_argument("--seconds", type=float, default=1.0, help="that a method runs in a round, at least one network")
    parser.add_argument("--methods", nargs="+", default=[*OURS, *PEERS], help="lazy is always among them")
    parser.add_argument("--figure", help="an SVG of time for 1 %% against width, of sizes of one depth")
    parser.add_argument("--peers-to", type=int, default=4096, metavar="WIDTH", help="the widest network that peers run")
    parser.add_argument("--dense-to", type=int, default=8192, metavar="WIDTH", help="the widest network with dense weights")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)), help="where everything runs")
    parser.add_argument("--program", help="the example one_step, built already")
    options = parser.parse_args()
    if options.worker:
        method, width, depth = options.worker
        return worker(method, int(width), int(depth))

    program = options.program
    if not program:
        build = ["cargo", "build", "--release", "-q", "--message-format=json", "-p", "archscale-sim", "--example", "one_step"]
        lines = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
        program = next(found for line in reversed(lines) if (found := json.loads(line).get("executable")))
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("jax", "torch"))
    print(f"{versions}, one core")
    methods = ["lazy"] + [method for method in options.methods if method != "lazy"]
    sizes = [tuple(map(int, size.split(","))) for size in options.sizes]
    if options.figure and len({depth for _, depth in sizes}) > 1:
        parser.error("a figure is of one depth; give --sizes of one")
    lines = []
    for (width, depth), rounds in zip(sizes, options.rounds + options.rounds[-1:] * len(sizes)):
        last = lambda method: options.peers_to if method in PEERS else options.dense_to if "dense" in method else width
        run = [method for method in methods if width <= last(method)]
        measured = measure(program, options.core, run, width, depth, rounds, options.seconds)
        report(width, depth, rounds, measured)
        check(measured[1])
        lines += [(width, f"{m.replace(',', '')},{width},{cost}") for m, cost in costs(measured) if "f64" not in m]
    if options.figure:
        title = f"One gradient step of chain:{depth}: time for a standard error of one per cent"
        draw = ["cargo", "run", "--release", "-q", "-p", "archscale-plot", "--example", "loglog", "--", title, "width n", "seconds"]
        points = "\n".join(line for _, line in sorted(lines, key=lambda line: line[0]))
        svg = subprocess.run(draw, cwd=ROOT, check=True, input=points, capture_output=True, text=True).stdout
        with open(options.figure, "w") as file:
            file.write(svg)


if __name__ == "__main__":
    main()
