/**
 * What services add to the types that all share. Each does so in its own folder, with
 * `declare module '../core/extensions'`, so that nothing here has to name a service.
 */

/** One member for each service, named like it. */
export interface ServiceNames {}

/** The settings of services. */
export interface ServiceSettings {}

/** Fields of fate rules that only some services obey. */
export interface ServiceFates {}

/** One member for each kind of fault that only one service knows. */
export interface ServiceFaultKinds {}

/** One member for each way to sign in. */
export interface SignIns {}

/** A simulated service, named as the nodes name it. */
export type ServiceName = keyof ServiceNames;
