import { test } from 'vitest';
import { restartWith, sweepOver } from './shops.ts';

test('with 100 Ingresses a restart makes no call, and a new Ingress is served at once', () => restartWith(100));

test('the drift sweep of 100 stacks reads only, and a bounded number of times', () => sweepOver(100));
