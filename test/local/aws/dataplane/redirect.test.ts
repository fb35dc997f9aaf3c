import { expect, test } from 'vitest';
import { redirectLocation } from '../../../../src/local/aws/dataplane/redirect.ts';

const source = { protocol: 'http', host: 'shop.example.com', port: 80, path: '/cart/items', query: 'a=1&b=2' };

test.each([
  [{ Protocol: 'HTTPS', Port: '443' }, 'https://shop.example.com:443/cart/items?a=1&b=2'],
  [{ Host: 'www.#{host}' }, 'http://www.shop.example.com:80/cart/items?a=1&b=2'],
  [{ Path: '/new/#{path}', Query: '#{query}&c=3' }, 'http://shop.example.com:80/new/cart/items?a=1&b=2&c=3'],
  [{ Path: '/', Query: '' }, 'http://shop.example.com:80/'],
  [{ Host: '#{other}' }, 'http://#{other}:80/cart/items?a=1&b=2'],
  [
    { Protocol: '#{protocol}', Host: '#{host}', Port: '#{port}', Path: '/#{path}', Query: 'was=#{host}' },
    'http://shop.example.com:80/cart/items?was=shop.example.com',
  ],
])('%o leads to %s', (config, location) => {
  expect(redirectLocation({ StatusCode: 'HTTP_301', ...config }, source)).toBe(location);
});
