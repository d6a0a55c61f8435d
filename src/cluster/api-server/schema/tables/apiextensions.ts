/** Types of k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const APIEXTENSIONS: string = `
CustomResourceColumnDefinition name:s:1:! type:s:2:! format:s:3 description:s:4 priority:i:5 jsonPath:s:6:!
CustomResourceConversion strategy:s:1:! webhook:apiextensions.WebhookConversion:2:*
CustomResourceDefinition apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:apiextensions.CustomResourceDefinitionSpec:2:! status:apiextensions.CustomResourceDefinitionStatus:3
CustomResourceDefinitionCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
CustomResourceDefinitionNames plural:s:1:! singular:s:2 shortNames:[]s:3 kind:s:4:! listKind:s:5 categories:[]s:6
CustomResourceDefinitionSpec group:s:1:! names:apiextensions.CustomResourceDefinitionNames:3:! scope:s:4:! versions:[]apiextensions.CustomResourceDefinitionVersion:7:! conversion:apiextensions.CustomResourceConversion:9:* preserveUnknownFields:b:10
CustomResourceDefinitionStatus conditions:[]apiextensions.CustomResourceDefinitionCondition:1:m=type acceptedNames:apiextensions.CustomResourceDefinitionNames:2 storedVersions:[]s:3
CustomResourceDefinitionVersion name:s:1:! served:b:2:! storage:b:3:! deprecated:b:7 deprecationWarning:s:8:* schema:apiextensions.CustomResourceValidation:4:* subresources:apiextensions.CustomResourceSubresources:5:* additionalPrinterColumns:[]apiextensions.CustomResourceColumnDefinition:6 selectableFields:[]apiextensions.SelectableField:9
CustomResourceSubresourceScale specReplicasPath:s:1:! statusReplicasPath:s:2:! labelSelectorPath:s:3:*
CustomResourceSubresourceStatus
CustomResourceSubresources status:apiextensions.CustomResourceSubresourceStatus:1:* scale:apiextensions.CustomResourceSubresourceScale:2:*
CustomResourceValidation openAPIV3Schema:apiextensions.JSONSchemaProps:1:*
ExternalDocumentation description:s:1 url:s:2
JSONSchemaProps id:s:1 $schema:s:2 $ref:s:3:* description:s:4 type:s:5 format:s:6 title:s:7 default:r:8:* maximum:d:9:* exclusiveMaximum:b:10 minimum:d:11:* exclusiveMinimum:b:12 maxLength:l:13:* minLength:l:14:* pattern:s:15 maxItems:l:16:* minItems:l:17:* uniqueItems:b:18 multipleOf:d:19:* enum:[]r:20 maxProperties:l:21:* minProperties:l:22:* required:[]s:23 items:r:24:* allOf:[]apiextensions.JSONSchemaProps:25 oneOf:[]apiextensions.JSONSchemaProps:26 anyOf:[]apiextensions.JSONSchemaProps:27 not:apiextensions.JSONSchemaProps:28:* properties:{}apiextensions.JSONSchemaProps:29 additionalProperties:r:30:* patternProperties:{}apiextensions.JSONSchemaProps:31 dependencies:{}r:32 additionalItems:r:33:* definitions:{}apiextensions.JSONSchemaProps:34 externalDocs:apiextensions.ExternalDocumentation:35:* example:r:36:* nullable:b:37 x-kubernetes-preserve-unknown-fields:b:38:* x-kubernetes-embedded-resource:b:39 x-kubernetes-int-or-string:b:40 x-kubernetes-list-map-keys:[]s:41 x-kubernetes-list-type:s:42:* x-kubernetes-map-type:s:43:* x-kubernetes-validations:[]apiextensions.ValidationRule:44:p=rule,m=rule
SelectableField jsonPath:s:1:!
ServiceReference namespace:s:1:! name:s:2:! path:s:3:* port:i:4:*
ValidationRule rule:s:1:! message:s:2 messageExpression:s:3 reason:s:4:* fieldPath:s:5 optionalOldSelf:b:6:*
WebhookClientConfig url:s:3:* service:apiextensions.ServiceReference:1:* caBundle:y:2
WebhookConversion clientConfig:apiextensions.WebhookClientConfig:2:* conversionReviewVersions:[]s:3:!
`;
