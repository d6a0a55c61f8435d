/** Types of k8s.io/api/networking/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const NETWORKING: string = `
HTTPIngressPath path:s:1 pathType:s:3:!,* backend:networking.IngressBackend:2:!
HTTPIngressRuleValue paths:[]networking.HTTPIngressPath:1:!
IPBlock cidr:s:1:! except:[]s:2
Ingress apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:networking.IngressSpec:2 status:networking.IngressStatus:3
IngressBackend service:networking.IngressServiceBackend:4:* resource:core.TypedLocalObjectReference:3:*
IngressClass apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:networking.IngressClassSpec:2
IngressClassParametersReference apiGroup:s:1:* kind:s:2:! name:s:3:! scope:s:4:* namespace:s:5:*
IngressClassSpec controller:s:1 parameters:networking.IngressClassParametersReference:2:*
IngressLoadBalancerIngress ip:s:1 hostname:s:2 ports:[]networking.IngressPortStatus:4
IngressLoadBalancerStatus ingress:[]networking.IngressLoadBalancerIngress:1
IngressPortStatus port:i:1:! protocol:s:2:! error:s:3:*
IngressRule host:s:1 ^:networking.IngressRuleValue:2
IngressRuleValue http:networking.HTTPIngressRuleValue:1:*
IngressServiceBackend name:s:1:! port:networking.ServiceBackendPort:2
IngressSpec ingressClassName:s:4:* defaultBackend:networking.IngressBackend:1:* tls:[]networking.IngressTLS:2 rules:[]networking.IngressRule:3
IngressStatus loadBalancer:networking.IngressLoadBalancerStatus:1
IngressTLS hosts:[]s:1 secretName:s:2
NetworkPolicy apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:networking.NetworkPolicySpec:2
NetworkPolicyEgressRule ports:[]networking.NetworkPolicyPort:1 to:[]networking.NetworkPolicyPeer:2
NetworkPolicyIngressRule ports:[]networking.NetworkPolicyPort:1 from:[]networking.NetworkPolicyPeer:2
NetworkPolicyPeer podSelector:meta.LabelSelector:1:* namespaceSelector:meta.LabelSelector:2:* ipBlock:networking.IPBlock:3:*
NetworkPolicyPort protocol:s:1:* port:x:2:* endPort:i:3:*
NetworkPolicySpec podSelector:meta.LabelSelector:1:! ingress:[]networking.NetworkPolicyIngressRule:2 egress:[]networking.NetworkPolicyEgressRule:3 policyTypes:[]s:4
ServiceBackendPort~ name:s:1 number:i:2
`;
