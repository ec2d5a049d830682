"""Batches made by several processes, for a GPU that takes them faster than one process makes them."""

import multiprocessing
import queue
from collections.abc import Callable, Iterator
from typing import Any

import torch


def _work(make: Callable[[int], Iterator[dict[str, Any]]], number: int, out: multiprocessing.Queue) -> None:
    torch.set_num_threads(1)
    for item in make(number):
        out.put({k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in item.items()})


def parallel(make: Callable[[int], Iterator[dict[str, Any]]], workers: int, ready: int = 48) -> Iterator[dict[str, Any]]:
    """What make(0), make(1), ... yield, in whatever order it is ready; up to `ready` items wait.

    make  dicts with tensors among their values
    The processes are forked, so that they share what is loaded; the caller must not have touched a GPU yet.
    """
    context = multiprocessing.get_context("fork")
    out = context.Queue(ready)
    processes = [context.Process(target=_work, args=(make, i, out), daemon=True) for i in range(workers)]
    for process in processes:
        process.start()
    try:
        while True:
            try:
                item = out.get(timeout=5)
            except queue.Empty:
                if not all(process.is_alive() for process in processes):
                    raise RuntimeError("a process that makes batches has died") from None
                continue
            yield {k: torch.from_numpy(v) if hasattr(v, "dtype") else v for k, v in item.items()}
    finally:
        for process in processes:
            process.terminate()
