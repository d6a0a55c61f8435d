"""A real pipeline: load data, train a small scikit-learn model, evaluate it."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Metrics, Model, Output

PACKAGES = ["scikit-learn==1.7.2"]


@dsl.component(packages_to_install=PACKAGES)
def load_data(test_share: float, train: Output[Dataset], test: Output[Dataset]) -> int:
    import csv

    from sklearn.datasets import load_iris
    from sklearn.model_selection import train_test_split

    features, labels = load_iris(return_X_y=True)
    parts = train_test_split(features, labels, test_size=test_share, random_state=7, stratify=labels)
    for output, rows, targets in ((train, parts[0], parts[2]), (test, parts[1], parts[3])):
        with open(output.path, "w", newline="") as file:
            csv.writer(file).writerows([*row, label] for row, label in zip(rows, targets))
        output.metadata["rows"] = len(rows)
    print(f"loaded {len(labels)} rows")
    return len(labels)


@dsl.component(packages_to_install=PACKAGES)
def train_model(train: Input[Dataset], trees: int, model: Output[Model]):
    import csv
    import pickle

    from sklearn.ensemble import RandomForestClassifier

    with open(train.path, newline="") as file:
        rows = [[float(value) for value in row] for row in csv.reader(file)]
    classifier = RandomForestClassifier(n_estimators=trees, random_state=7)
    classifier.fit([row[:-1] for row in rows], [int(row[-1]) for row in rows])
    with open(model.path, "wb") as file:
        pickle.dump(classifier, file)
    model.metadata["framework"] = "scikit-learn"
    print(f"trained on {len(rows)} rows (expected {train.metadata['rows']})")


@dsl.component(packages_to_install=PACKAGES)
def evaluate(test: Input[Dataset], model: Input[Model], metrics: Output[Metrics]) -> float:
    import csv
    import pickle

    with open(test.path, newline="") as file:
        rows = [[float(value) for value in row] for row in csv.reader(file)]
    with open(model.path, "rb") as file:
        classifier = pickle.load(file)
    accuracy = classifier.score([row[:-1] for row in rows], [int(row[-1]) for row in rows])
    metrics.log_metric("accuracy", accuracy)
    metrics.log_metric("rows", len(rows))
    print(f"accuracy {accuracy:.3f}")
    return accuracy


@dsl.component
def celebrate(accuracy: float) -> str:
    print(f"good enough: {accuracy:.3f}")
    return "shipped"


@dsl.component
def worry(accuracy: float):
    print(f"too low: {accuracy:.3f}")


@dsl.pipeline(name="iris-training", description="Load, train, evaluate; celebrate when it is good enough.")
def iris(test_share: float = 0.3, trees: int = 20):
    loaded = load_data(test_share=test_share)
    trained = train_model(train=loaded.outputs["train"], trees=trees)
    evaluated = evaluate(test=loaded.outputs["test"], model=trained.outputs["model"])
    with dsl.If(evaluated.outputs["Output"] > 0.8):
        celebrate(accuracy=evaluated.outputs["Output"])
    with dsl.Else():
        worry(accuracy=evaluated.outputs["Output"])
