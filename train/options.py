"""The command line of python -m train, and what it says of recipe and run."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from edge.errors import UsageError
from train.architectures.compact import CompactNet
from train.architectures.dense import DenseNet
from train.architectures.mobilenet_v2 import ALPHAS
from train.architectures.options import add_network_options, plain_net_of
from train.architectures.plain import PlainNet
from train.augment.options import add_policy_options, policy_of
from train.choice import AUTO, LARGEST_SIZE, Choice
from train.data.names import NAMES
from train.data.options import add_data_options, check_seed, shares_of
from train.foreign import (
    refuse_beside_head_alone,
    refuse_of_other_networks,
    refuse_of_other_optimizers,
)
from train.precision import precision_for
from train.presets import OPTIMIZER_DEFAULTS, PRESETS
from train.recipe import (
    ARCHITECTURES,
    OF_SGD,
    Backbone,
    BalanceMethod,
    Keep,
    Network,
    Optimizer,
    Recipe,
    Schedule,
    WhitenedNet,
)

# Options that are fields of the recipe, by the part of it that has them.
_FITTING = (
    *("epochs", "batch_size", "optimizer", "learning_rate", "momentum", "schedule", "warmup"),
    *("filter_rate", "filter_momentum"),
    *("weight_decay", "l1", "l2", "dropout", "label_smoothing", "clip_norm", "ema_decay"),
    *("patience", "keep"),
)
_VIEWS = 50  # that a teacher is asked about, when nothing else is said


def recipe_of(args: argparse.Namespace, base: Recipe) -> Recipe:
    """``base`` with what the options change; UsageError when it cannot train."""
    refuse_of_other_networks(args, base)
    recipe = base
    if args.optimizer is not None and args.optimizer != base.fitting.optimizer:
        recipe = _with_optimizer(base, args.optimizer)
    changes = {f"fitting.{name}": getattr(args, name) for name in _FITTING}
    if args.patience and args.keep is None:
        changes["fitting.keep"] = "best"  # who ends early holds what comes later for worse
    if args.teacher and args.label_smoothing is None:
        changes["fitting.label_smoothing"] = 0.0  # its answers are soft already
    changes |= {"balance.method": args.balance, "balance.focal_gamma": args.focal_gamma}
    changes |= {"network": _network_of(args, recipe.network)}
    if recipe.head:
        changes |= {"head.epochs": args.head_epochs, "head.learning_rate": args.head_rate}
    recipe = recipe.changed({path: v for path, v in changes.items() if v is not None})
    recipe = replace(recipe, augment=policy_of(args, recipe.augment))
    refuse_beside_head_alone(args, recipe)
    refuse_of_other_optimizers(args, recipe)
    recipe.check()
    return recipe


def _with_optimizer(recipe: Recipe, optimizer: Optimizer) -> Recipe:
    """Another optimizer with its usual values; sgd and muon, adam and adamw keep the other's."""
    changes: dict[str, Any] = {}
    if (recipe.fitting.optimizer in OF_SGD) == (optimizer in OF_SGD):
        if optimizer == "adam":
            changes["weight_decay"] = 0.0
        elif optimizer == "adamw" and not recipe.fitting.weight_decay:
            changes["weight_decay"] = OPTIMIZER_DEFAULTS["adamw"]["weight_decay"]
    else:
        changes |= OPTIMIZER_DEFAULTS[optimizer]
    changes["optimizer"] = optimizer
    return recipe.changed({f"fitting.{name}": value for name, value in changes.items()})


def _network_of(args: argparse.Namespace, form: Network) -> Network:
    """``form`` with what the options change."""
    if isinstance(form, PlainNet):
        return plain_net_of(args, form)
    if isinstance(form, DenseNet):
        return plain_net_of(args, form)
    if isinstance(form, WhitenedNet) and args.widths is not None:
        return WhitenedNet(args.widths)
    if isinstance(form, CompactNet) and args.widths is not None:
        repeats = form.repeats if len(args.widths) == len(form.repeats) else (1,) * len(args.widths)
        return replace(form, widths=args.widths, repeats=repeats)
    if isinstance(form, Backbone) and args.alpha is not None:
        return Backbone(args.alpha)
    return form


def options_of(args: argparse.Namespace, choice: Choice) -> dict[str, Any]:
    """What besides the recipe decides a run's numbers."""
    check_seed(args.seed)
    if choice.size is not None and not 1 <= choice.size <= LARGEST_SIZE:
        raise UsageError(f"--size: must be from 1 to {LARGEST_SIZE} pixels")
    return {
        "data": _data(args.data),
        "labels": str(args.labels.resolve()) if args.labels else None,
        "weights": _weights(args.weights) if choice.recipe.head else None,
        "size": choice.size,
        "shares": asdict(shares_of(args)),
        "seed": args.seed,
        "precision": precision_for(choice.recipe.kind)
        if args.precision == "auto"
        else args.precision,
        "preset": choice.name,
        "teacher": _teacher(args),
    }


def _data(source: str) -> str:
    """What --resume finds again from any folder; "" stays what it is, to be refused."""
    is_path = bool(source.strip()) and source not in NAMES
    return str(Path(source).resolve()) if is_path else source


def _teacher(args: argparse.Namespace) -> dict[str, Any] | None:
    """What is named with --teacher; which model that is, is added when it is opened."""
    if not args.teacher:
        if args.teacher_views is not None:
            raise UsageError("--teacher-views: means nothing without --teacher")
        return None
    if args.folds is not None:
        raise UsageError("--teacher: has seen what --folds tests by; leave one of the two out")
    views = _VIEWS if args.teacher_views is None else args.teacher_views
    if views < 1:
        raise UsageError("--teacher-views: must be 1 or more")
    named = {} if args.precision == "auto" else {"precision": args.precision}
    return {"run": str(args.teacher.resolve()), "views": views, **named}


def _weights(given: str | None) -> str:
    """``imagenet``, or a file's whole path, so that --resume works from anywhere."""
    if given is None or given == "imagenet":
        return "imagenet"
    return str(Path(given).resolve())


def build_parser() -> argparse.ArgumentParser:
    """The command line of python -m train."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        usage="%(prog)s [--data DATA] [--preset NAME] [options]",  # all of them take 30 lines
        description="Train a CNN on photos; leaves a run folder for python -m convert.quantize."
        " What no option says is as the recipe has it: --preset auto takes one that suits --data.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30),
    )
    _add_data(parser)
    add_data_options(parser)
    _add_run(parser)
    _add_recipe(parser)
    add_network_options(parser)
    _add_fitting(parser)
    _add_balance(parser)
    add_policy_options(parser)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("data").add_argument
    add("--data", default="cifar10",
        help=f"{', '.join(NAMES)}, an .npz file, or a folder of class folders"
        " (default cifar10)")  # fmt: skip
    add("--labels", type=Path, help="text file with a class name a line, for an .npz without names")
    add("--size", type=int, metavar="N",
        help="side in pixels that pictures get (default: a folder's photos get 224 for a backbone,"
        " else up to 64; arrays stay as they are)")  # fmt: skip
    add("--folds", type=int, metavar="K",
        help="train K times, so that each picture is tested once, by a network"
        " that never saw it")  # fmt: skip


def _add_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("run").add_argument
    add("--seed", type=int, default=0, metavar="N",
        help="of the split, the network, the order and the changes (default 0)")  # fmt: skip
    add("--runs", type=Path, default=Path("runs"),
        help="where run folders are made (default runs)")  # fmt: skip
    add("--resume", nargs="?", const=True, type=Path, metavar="RUN",
        help="go on with this run folder, or with the newest unfinished one")  # fmt: skip
    add("--precision", choices=("auto", "float32", "mixed_bfloat16"), default="auto",
        help="auto (default) takes bfloat16 where processor and network gain from it")  # fmt: skip


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("recipe")
    add = group.add_argument
    base = group.add_mutually_exclusive_group().add_argument
    base("--preset", choices=(AUTO, *PRESETS), default=AUTO,
        help="a named recipe; auto (default) takes one that suits the data")  # fmt: skip
    base("--recipe", type=Path, metavar="FILE",
        help="the recipe of a run.json, or a recipe's own JSON")  # fmt: skip
    add("--architecture", choices=ARCHITECTURES,
        help="another network than the recipe's; alone: with the recipe that suits it")  # fmt: skip
    add("--alpha", type=float, choices=ALPHAS, metavar="A",
        help=f"width of mobilenets: one of {', '.join(map(str, ALPHAS))}")  # fmt: skip
    add("--weights", metavar="imagenet|FILE",
        help="what a backbone starts from: imagenet (default; MobileNets' are downloaded,"
        " EfficientNet-Lite0's are a package), or a file of such weights")  # fmt: skip
    add("--head-epochs", type=int, metavar="N",
        help="passes in which a backbone's new last layer learns alone")  # fmt: skip
    add("--head-rate", type=float, metavar="R", help="its learning rate")


def _add_fitting(parser: argparse.ArgumentParser) -> None:
    """How weights learn, and what keeps them from learning by heart."""
    add = parser.add_argument_group("optimization").add_argument
    add("--epochs", type=int, metavar="N",
        help="passes over the training pictures; 0 trains a backbone's head only")  # fmt: skip
    add("--batch-size", type=int, metavar="N", help="pictures a step")
    add("--optimizer", choices=get_args(Optimizer),
        help="brings its usual rate along, but sgd keeps muon's and adamw adam's, and the"
        " other way round")  # fmt: skip
    add("--learning-rate", type=float, metavar="R",
        help="the peak; of whitened and compact, for batches of 1,000")  # fmt: skip
    add("--momentum", type=float, metavar="M", help="of sgd and muon, Nesterov's")
    add("--filter-rate", type=float, metavar="R",
        help="muon: peak rate of the convolutions, whose filters are 1 long")  # fmt: skip
    add("--filter-momentum", type=float, metavar="M", help="muon: of the convolutions")
    add("--schedule", choices=get_args(Schedule), help="of the learning rate behind its peak")
    add("--warmup", type=float, metavar="S", help="share of the steps until the peak, 0 to 1")
    add("--clip-norm", type=float, metavar="X",
        help="longest gradient, over all weights; 0: any")  # fmt: skip
    add("--ema-decay", type=float, metavar="D",
        help="a step, of the average of the weights that is kept; 0: the last weights")  # fmt: skip
    add("--patience", type=int, metavar="N",
        help="end after N epochs without a better validation accuracy; 0: never")  # fmt: skip
    add("--keep", choices=get_args(Keep),
        help="the epoch with the best validation accuracy, or the latest that is not worse by more"
        " than its standard error: for few validation pictures")  # fmt: skip
    add = parser.add_argument_group("teacher").add_argument
    add("--teacher", type=Path, metavar="RUN",
        help="learn from this finished run's answers instead of labels; for a small network from"
        " a large one, on the same pictures and split")  # fmt: skip
    add("--teacher-views", type=int, metavar="N",
        help=f"changed forms of a picture that it is asked about (default {_VIEWS})")  # fmt: skip
    add = parser.add_argument_group("regularisation").add_argument
    add("--weight-decay", type=float, metavar="D", help="decoupled; of sgd, muon and adamw")
    add("--l1", type=float, metavar="P", help="price of a weight's size, in the loss")
    add("--l2", type=float, metavar="P", help="price of its square")
    add("--dropout", type=float, metavar="S", help="share of the last features left out, 0 to 1")
    add("--label-smoothing", type=float, metavar="S",
        help="share of a picture's class given to all classes, 0 to 1")  # fmt: skip


def _add_balance(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("classes of unequal size").add_argument
    add("--balance", choices=get_args(BalanceMethod),
        help="weights: pictures of rare classes count more (effective: a little less so);"
        " oversample: they are shown more often; undersample: those of others less")  # fmt: skip
    add("--focal-gamma", type=float, metavar="G",
        help="focal loss: what is known well counts less; 2 is usual, 0 off")  # fmt: skip
