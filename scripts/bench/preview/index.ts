/** The unmodified program over a generated declaration. */
import './register';

export * from '../../../index';
