export { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
