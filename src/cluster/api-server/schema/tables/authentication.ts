/** Types of k8s.io/api/authentication/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const AUTHENTICATION: string = `
BoundObjectReference kind:s:1 apiVersion:s:2 name:s:3 uid:s:4
SelfSubjectReview apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 status:authentication.SelfSubjectReviewStatus:2
SelfSubjectReviewStatus userInfo:authentication.UserInfo:1
TokenRequest apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:authentication.TokenRequestSpec:2:! status:authentication.TokenRequestStatus:3
TokenRequestSpec audiences:[]s:1:! expirationSeconds:l:4:* boundObjectRef:authentication.BoundObjectReference:3:*
TokenRequestStatus token:s:1:! expirationTimestamp:t:2:!
TokenReview apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:authentication.TokenReviewSpec:2:! status:authentication.TokenReviewStatus:3
TokenReviewSpec token:s:1 audiences:[]s:2
TokenReviewStatus authenticated:b:1 user:authentication.UserInfo:2 audiences:[]s:4 error:s:3
UserInfo username:s:1 uid:s:2 groups:[]s:3 extra:{}e:4
`;
