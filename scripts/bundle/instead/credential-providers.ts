import { CredentialsProviderError } from '@smithy/core/config';

/**
 * In place of the SDK's providers that start a program or read what a person's sign-in left in a home directory: of both there
 * is nothing in the operator's image. They pass, as they do where a profile says nothing of them, and the next one is asked.
 */
const passing = (what: string) => () => async (): Promise<never> => {
  throw new CredentialsProviderError(`${what} is not in the image of the operator`);
};

export const fromProcess = passing('credential_process');
export const fromSSO = passing('sign-in with SSO');
export const fromLoginCredentials = passing('sign-in with a browser');
