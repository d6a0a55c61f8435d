/** Types of k8s.io/api/discovery/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const DISCOVERY: string = `
Endpoint addresses:[]s:1:!,S conditions:discovery.EndpointConditions:2 hostname:s:3:* targetRef:core.ObjectReference:4:* deprecatedTopology:{}s:5 nodeName:s:6:* zone:s:7:* hints:discovery.EndpointHints:8:*
EndpointConditions ready:b:1:* serving:b:2:* terminating:b:3:*
EndpointHints forZones:[]discovery.ForZone:1
EndpointPort~ name:s:1:* protocol:s:2:* port:i:3:* appProtocol:s:4:*
EndpointSlice apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 addressType:s:4:! endpoints:[]discovery.Endpoint:2:! ports:[]discovery.EndpointPort:3
ForZone name:s:1:!
`;
