"""The newest Python `kubernetes` client, unchanged. Each function is a scenario; argv names one and a namespace of its own."""

import base64
import datetime
import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException

IMAGE = "registry.example.com/idle:1"
GROUP = f"{sys.argv[2]}.example.com"
NAMESPACE = sys.argv[2]


def status_of(call, *args, **kwargs):
    """The HTTP status that a call is refused with."""
    try:
        call(*args, **kwargs)
    except ApiException as error:
        return error.status
    raise AssertionError(f"{call.__name__} was to be refused")


def meta(name, **more):
    return client.V1ObjectMeta(name=name, **more)


def template(app):
    container = client.V1Container(name="main", image=IMAGE, ports=[client.V1ContainerPort(container_port=8080)])
    return client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels={"app": app}), spec=client.V1PodSpec(containers=[container]))


def core():
    api = client.CoreV1Api()
    made = api.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=meta("a", labels={"x": "1"}), data={"k": "v"}))
    assert isinstance(made.metadata.creation_timestamp, datetime.datetime)
    assert api.patch_namespaced_config_map("a", NAMESPACE, {"data": {"k": None, "n": "w"}}).data == {"n": "w"}
    operations = [{"op": "add", "path": "/data/json", "value": "patch"}]
    assert api.patch_namespaced_config_map("a", NAMESPACE, operations).data["json"] == "patch"
    made.data = {"stale": "write"}
    assert status_of(api.replace_namespaced_config_map, "a", NAMESPACE, made) == 409
    made.metadata.resource_version = None
    assert api.replace_namespaced_config_map("a", NAMESPACE, made).data == {"stale": "write"}
    assert [one.metadata.name for one in api.list_namespaced_config_map(NAMESPACE, label_selector="x=1").items] == ["a"]
    assert "a" in [one.metadata.name for one in api.list_config_map_for_all_namespaces(field_selector="metadata.name=a").items]
    secret = api.create_namespaced_secret(NAMESPACE, client.V1Secret(metadata=meta("s"), string_data={"p": "hunter2"}))
    assert base64.b64decode(secret.data["p"]) == b"hunter2" and secret.string_data is None
    ports = [client.V1ServicePort(port=80, target_port="http")]
    service = api.create_namespaced_service(NAMESPACE, client.V1Service(metadata=meta("svc"), spec=client.V1ServiceSpec(ports=ports)))
    assert service.spec.type == "ClusterIP" and service.spec.cluster_ip
    pod = api.create_namespaced_pod(NAMESPACE, client.V1Pod(metadata=meta("p"), spec=template("p").spec))
    assert pod.status.phase == "Pending" and pod.spec.restart_policy == "Always"
    assert api.read_namespaced_pod_status("p", NAMESPACE).metadata.uid == pod.metadata.uid
    claim = client.V1PersistentVolumeClaim(
        metadata=meta("c"),
        spec=client.V1PersistentVolumeClaimSpec(
            access_modes=["ReadWriteOnce"], resources=client.V1VolumeResourceRequirements(requests={"storage": "1Gi"})
        ),
    )
    assert api.create_namespaced_persistent_volume_claim(NAMESPACE, claim).spec.volume_mode == "Filesystem"
    assert api.delete_namespaced_pod("p", NAMESPACE, grace_period_seconds=0).metadata.name == "p"
    assert status_of(api.read_namespaced_config_map, "absent", NAMESPACE) == 404
    assert status_of(api.create_namespaced_config_map, NAMESPACE, client.V1ConfigMap(metadata=meta("a"))) == 409
    assert status_of(api.create_namespaced_config_map, NAMESPACE, client.V1ConfigMap(metadata=meta("No_Good"))) == 422
    first = api.list_namespaced_secret(NAMESPACE, limit=1)
    assert first.items and api.list_namespace(limit=1).metadata._continue
    api.delete_collection_namespaced_config_map(NAMESPACE, label_selector="x=1")
    assert status_of(api.read_namespaced_config_map, "a", NAMESPACE) == 404
    assert client.VersionApi().get_code().major == "1"


def apps():
    api = client.AppsV1Api()
    spec = client.V1DeploymentSpec(replicas=2, selector=client.V1LabelSelector(match_labels={"app": "d"}), template=template("d"))
    made = api.create_namespaced_deployment(NAMESPACE, client.V1Deployment(metadata=meta("d"), spec=spec))
    assert made.metadata.generation == 1 and made.spec.strategy.type == "RollingUpdate"
    assert api.read_namespaced_deployment_scale("d", NAMESPACE).spec.replicas == 2
    assert api.patch_namespaced_deployment_scale("d", NAMESPACE, {"spec": {"replicas": 5}}).spec.replicas == 5
    restarted = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}}
    assert api.patch_namespaced_deployment("d", NAMESPACE, restarted).spec.template.spec.containers[0].name == "main"
    status = {"status": {"replicas": 5, "readyReplicas": 5}}
    assert api.patch_namespaced_deployment_status("d", NAMESPACE, status).status.ready_replicas == 5
    bad = client.V1DeploymentSpec(selector=client.V1LabelSelector(match_labels={"app": "other"}), template=template("d"))
    assert status_of(api.create_namespaced_deployment, NAMESPACE, client.V1Deployment(metadata=meta("bad"), spec=bad)) == 422
    stateful = client.V1StatefulSetSpec(
        service_name="s", selector=client.V1LabelSelector(match_labels={"app": "s"}), template=template("s"), replicas=0
    )
    api.create_namespaced_stateful_set(NAMESPACE, client.V1StatefulSet(metadata=meta("s"), spec=stateful))
    assert [one.metadata.name for one in api.list_namespaced_stateful_set(NAMESPACE).items] == ["s"]
    api.delete_namespaced_deployment("d", NAMESPACE, propagation_policy="Foreground")
    assert client.CoreV1Api().list_namespaced_event(NAMESPACE).items is not None


def batch():
    api = client.BatchV1Api()
    pod = template("j")
    pod.spec.restart_policy = "Never"
    made = api.create_namespaced_job(NAMESPACE, client.V1Job(metadata=meta("j"), spec=client.V1JobSpec(template=pod, suspend=True)))
    assert made.spec.parallelism == 1 and made.spec.backoff_limit == 6
    assert status_of(api.patch_namespaced_job, "j", NAMESPACE, {"spec": {"completions": None, "selector": {"matchLabels": {"a": "b"}}}}) == 422
    job = client.V1JobTemplateSpec(spec=client.V1JobSpec(template=pod))
    cron = client.V1CronJobSpec(schedule="0 0 1 1 *", job_template=job, suspend=True)
    assert api.create_namespaced_cron_job(NAMESPACE, client.V1CronJob(metadata=meta("c"), spec=cron)).spec.concurrency_policy == "Allow"
    api.delete_namespaced_job("j", NAMESPACE, propagation_policy="Background")


def rbac():
    api = client.RbacAuthorizationV1Api()
    rule = client.V1PolicyRule(api_groups=[""], resources=["pods"], verbs=["get"])
    api.create_namespaced_role(NAMESPACE, client.V1Role(metadata=meta("r"), rules=[rule]))
    subject = client.RbacV1Subject(kind="ServiceAccount", name="default", namespace=NAMESPACE)
    ref = client.V1RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name="r")
    api.create_namespaced_role_binding(NAMESPACE, client.V1RoleBinding(metadata=meta("b"), role_ref=ref, subjects=[subject]))
    attributes = client.V1ResourceAttributes(namespace=NAMESPACE, verb="get", resource="pods")
    spec = client.V1SubjectAccessReviewSpec(user=f"system:serviceaccount:{NAMESPACE}:default", resource_attributes=attributes)
    reviews = client.AuthorizationV1Api()
    assert reviews.create_subject_access_review(client.V1SubjectAccessReview(spec=spec)).status.allowed
    attributes.verb = "delete"
    assert not reviews.create_subject_access_review(client.V1SubjectAccessReview(spec=spec)).status.allowed
    rules = client.V1SelfSubjectRulesReview(spec=client.V1SelfSubjectRulesReviewSpec(namespace=NAMESPACE))
    assert reviews.create_self_subject_rules_review(rules).status.resource_rules
    wish = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=["pipelines.kubeflow.org"], expiration_seconds=600))
    token = client.CoreV1Api().create_namespaced_service_account_token("default", NAMESPACE, wish).status.token
    review = client.V1TokenReview(spec=client.V1TokenReviewSpec(token=token, audiences=["pipelines.kubeflow.org"]))
    answer = client.AuthenticationV1Api().create_token_review(review).status
    assert answer.authenticated and answer.user.username == f"system:serviceaccount:{NAMESPACE}:default"
    binding = client.V1RoleBinding(metadata=meta("b"), role_ref=client.V1RoleRef(api_group=ref.api_group, kind="Role", name="other"))
    assert status_of(api.replace_namespaced_role_binding, "b", NAMESPACE, binding) == 422


def define(plural="widgets", kind="Widget"):
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {"size": {"type": "integer", "minimum": 1}, "color": {"type": "string", "default": "red"}},
            },
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    spec = {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [version]}
    body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{GROUP}"}, "spec": spec}
    api = client.ApiextensionsV1Api()
    made = api.create_custom_resource_definition(body)
    # Served at once: no waiting here.
    assert made.spec.group == GROUP
    return api


def widget(name, size=3):
    return {"apiVersion": f"{GROUP}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": size}}


def custom_objects():
    definitions = define()
    api = client.CustomObjectsApi()
    where = {"group": GROUP, "version": "v1", "namespace": NAMESPACE, "plural": "widgets"}
    made = api.create_namespaced_custom_object(**where, body=widget("w"))
    assert made["spec"] == {"size": 3, "color": "red"} and made["metadata"]["generation"] == 1
    assert api.patch_namespaced_custom_object(**where, name="w", body={"spec": {"size": 4}})["spec"]["size"] == 4
    assert api.patch_namespaced_custom_object_status(**where, name="w", body={"status": {"ok": True}})["status"] == {"ok": True}
    assert api.get_namespaced_custom_object(**where, name="w")["metadata"]["generation"] == 2
    assert status_of(api.create_namespaced_custom_object, **where, body=widget("bad", 0)) == 422
    assert len(api.list_namespaced_custom_object(**where)["items"]) == 1
    full = api.get_namespaced_custom_object(**where, name="w")
    full["spec"]["size"] = 7
    assert api.replace_namespaced_custom_object(**where, name="w", body=full)["spec"]["size"] == 7
    assert api.delete_namespaced_custom_object(**where, name="w")["status"] == "Success"
    definitions.delete_custom_resource_definition(f"widgets.{GROUP}")
    assert status_of(api.list_namespaced_custom_object, **where) == 404


def watching():
    api = client.CoreV1Api()
    version = api.list_namespaced_config_map(NAMESPACE).metadata.resource_version

    def change():
        own = client.CoreV1Api()
        own.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=meta("a", labels={"w": "1"}), data={"n": "0"}))
        own.patch_namespaced_config_map("a", NAMESPACE, {"data": {"n": "1"}})
        own.delete_namespaced_config_map("a", NAMESPACE)

    threading.Thread(target=change).start()
    seen = []
    stream = watch.Watch()
    for event in stream.stream(
        api.list_namespaced_config_map, NAMESPACE, label_selector="w=1", resource_version=version, timeout_seconds=20
    ):
        seen.append((event["type"], event["object"].data["n"]))
        if event["type"] == "DELETED":
            stream.stop()
    assert seen == [("ADDED", "0"), ("MODIFIED", "1"), ("DELETED", "1")], seen
    short = [event for event in watch.Watch().stream(api.list_namespaced_secret, NAMESPACE, timeout_seconds=1)]
    assert isinstance(short, list)


def dynamic_client():
    definitions = define("gadgets", "Gadget")
    api = dynamic.DynamicClient(client.ApiClient())
    gadgets = api.resources.get(api_version=f"{GROUP}/v1", kind="Gadget")
    body = {**widget("g"), "kind": "Gadget"}
    assert gadgets.create(body=body, namespace=NAMESPACE).spec.color == "red"
    patched = gadgets.patch(
        body={"spec": {"size": 5}}, name="g", namespace=NAMESPACE, content_type="application/merge-patch+json"
    )
    assert patched.spec.size == 5
    maps = api.resources.get(api_version="v1", kind="ConfigMap")
    applied = maps.server_side_apply(
        body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}, "data": {"k": "v"}},
        namespace=NAMESPACE,
        field_manager="suite",
    )
    assert applied.metadata.managedFields[0].manager == "suite"
    assert [one.metadata.name for one in gadgets.get(namespace=NAMESPACE).items] == ["g"]
    deployments = api.resources.get(api_version="apps/v1", kind="Deployment")
    assert deployments.get(namespace=NAMESPACE).items == []
    for event in gadgets.watch(namespace=NAMESPACE, timeout=5):
        assert event["object"].metadata.name == "g"
        break
    gadgets.delete(name="g", namespace=NAMESPACE)
    definitions.delete_custom_resource_definition(f"gadgets.{GROUP}")


config.load_kube_config()
{function.__name__: function for function in (core, apps, batch, rbac, custom_objects, watching, dynamic_client)}[sys.argv[1]]()
