import { describe, expect, test } from 'vitest';
import { isAmbiguous, translateError } from '../../src/aws/errors.ts';
import { Denied, Gone, Invalid, Retry, Throttled } from '../../src/errors.ts';

const said = (name: string, status = 400, message = 'as AWS says it') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });

describe('translateError', () => {
  test.each([
    [said('Throttling'), Throttled],
    [said('ThrottlingException'), Throttled],
    [said('RequestLimitExceeded', 503), Throttled],
    [said('Whatever', 429), Throttled],
    [said('LoadBalancerNotFoundException'), Gone],
    [said('TargetGroupNotFoundException'), Gone],
    [said('InvalidGroup.NotFound'), Gone],
    [said('AccessDenied', 403), Denied],
    [said('UnauthorizedOperation', 403), Denied],
    [said('ExpiredToken', 403), Denied],
    [said('ResourceInUseException'), Retry],
    [said('PriorityInUseException'), Retry],
    [said('DependencyViolation'), Retry],
    [said('HealthUnavailableException', 500), Retry],
    [said('SomethingNew', 502), Retry],
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), Retry],
    [Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), Retry],
    [Object.assign(new Error('too slow'), { name: 'TimeoutError' }), Retry],
    [said('SubnetNotFoundException'), Invalid],
    [said('ValidationError'), Invalid],
    [said('TooManyTargetsException'), Invalid],
    [said('OperationNotPermittedException'), Invalid],
  ])('%s', (error, kind) => {
    const translated = translateError(error, 'elasticloadbalancing:CreateRule');
    expect(translated.constructor).toBe(kind);
    expect(translated.cause).toBe(error);
    expect(translated.message).toContain(error.message);
  });

  test('an answer that is a page of HTML is a reason to try again', () => {
    const error = Object.assign(new SyntaxError('Unexpected token <'), { $response: { statusCode: 500 } });
    expect(translateError(error, 'ec2:DescribeSubnets')).toBeInstanceOf(Retry);
  });

  test('names the field that is wrong and the right that is missing', () => {
    expect((translateError(said('CertificateNotFoundException'), 'x') as Invalid).field).toBe('certificate-arn');
    expect((translateError(said('AccessDenied', 403), 'ec2:DescribeSubnets') as Denied).action).toBe(
      'ec2:DescribeSubnets',
    );
  });

  test('an error it does not know stays what it is', () => {
    const unknown = said('NeverHeardOf');
    expect(translateError(unknown, 'x')).toBe(unknown);
    const bug = new TypeError('undefined is not a function');
    expect(translateError(bug, 'x')).toBe(bug);
  });

  test('one that is translated already stays what it is', () => {
    const gone = new Gone('x');
    expect(translateError(gone, 'y')).toBe(gone);
  });
});

describe('isAmbiguous', () => {
  test.each([
    [said('InternalFailure', 500), true],
    [Object.assign(new Error('reset'), { code: 'ECONNRESET' }), true],
    [said('ResourceInUseException'), false],
    [said('Throttling'), false],
    [said('RequestLimitExceeded', 503), false],
  ])('%s: %s', (error, ambiguous) => {
    expect(isAmbiguous(translateError(error, 'x'))).toBe(ambiguous);
  });
});
