/** Types of k8s.io/api/admissionregistration/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const ADMISSIONREGISTRATION: string = `
MatchCondition name:s:1:! expression:s:2:!
MutatingWebhook name:s:1:! clientConfig:admissionregistration.WebhookClientConfig:2:! rules:[]admissionregistration.RuleWithOperations:3 failurePolicy:s:4:* matchPolicy:s:9:* namespaceSelector:meta.LabelSelector:5:* objectSelector:meta.LabelSelector:11:* sideEffects:s:6:!,* timeoutSeconds:i:7:* admissionReviewVersions:[]s:8:! reinvocationPolicy:s:10:* matchConditions:[]admissionregistration.MatchCondition:12:p=name,m=name
MutatingWebhookConfiguration apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 webhooks:[]admissionregistration.MutatingWebhook:2:p=name,m=name
Rule apiGroups:[]s:1 apiVersions:[]s:2 resources:[]s:3 scope:s:4:*
RuleWithOperations operations:[]s:1 ^:admissionregistration.Rule:2
ServiceReference namespace:s:1:! name:s:2:! path:s:3:* port:i:4:*
ValidatingWebhook name:s:1:! clientConfig:admissionregistration.WebhookClientConfig:2:! rules:[]admissionregistration.RuleWithOperations:3 failurePolicy:s:4:* matchPolicy:s:9:* namespaceSelector:meta.LabelSelector:5:* objectSelector:meta.LabelSelector:10:* sideEffects:s:6:!,* timeoutSeconds:i:7:* admissionReviewVersions:[]s:8:! matchConditions:[]admissionregistration.MatchCondition:11:p=name,m=name
ValidatingWebhookConfiguration apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 webhooks:[]admissionregistration.ValidatingWebhook:2:p=name,m=name
WebhookClientConfig url:s:3:* service:admissionregistration.ServiceReference:1:* caBundle:y:2
`;
