export { x } from '../cloud/errors.ts';
