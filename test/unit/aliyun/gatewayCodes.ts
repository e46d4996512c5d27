/**
 * The 66 codes of the gateway (docs/services/aliyun-portrait.md, Gateway errors), each with what it means for reads and
 * creates.
 */
/** Whether the same request may be sent again. */
export type Verdict = 'no' | 'later' | 'ambiguous';
const CODES: Array<[codes: string, verdict: Verdict, cause: RegExp]> = [
	['I400HD I400MH I400BD I400PA I400RU I400CT I400SG I400I5 I400NC I400MP I400IP', 'no', /does not take the request/],
	['I405UM I403PT', 'no', /takes no such calls/],
	['I413RL I413UL', 'no', /too large/],
	['I404DO I404NF I404NR I404SR I410GG', 'no', /no such API/],
	['I403AA', 'no', /may not call this API/],
	['A400AC A401AC', 'no', /AppCode/],
	['A400MA', 'no', /no authorization/],
	['A400IK', 'no', /AppKey/],
	['A403IS', 'no', /signature/],
	['A403EP', 'no', /expired/],
	['A403PR A403IP A403VN A403AC A403CO A403IN A403FC', 'no', /may not call/],
	['B403MQ', 'no', /used up/],
	['B403ME B403MI', 'no', /expired/],
	['B403OD B403MO', 'no', /overdue/],
	['B451DO B451GO', 'no', /has blocked/],
	['T429ID T429IN T429GR T429PA T429PR T429SR T429MR', 'later', /too fast/],
	['D503CB', 'later', /paused the service/],
	['D503BB', 'ambiguous', /busy or paused/],
	['D504RE D504IL D504CO D504CS', 'ambiguous', /could not reach/],
	['D504TO', 'ambiguous', /did not answer/],
	['D502FC N502RE', 'ambiguous', /no usable answer/],
	['X500ER X503BZ X504VE X504TO', 'ambiguous', /broke down/],
	['X400PM X500ED X500AM X403DG I400JP', 'no', /does not take the request/],
];
export const ROWS = CODES.flatMap(([codes, verdict, cause]) =>
	codes.split(' ').map((code) => [code, verdict, cause] as const),
);
