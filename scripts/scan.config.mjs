// n8n's own gate for community packages, as its scanner configures it. Run with --no-inline-config.
import { buildScanConfig } from '@n8n/scan-community-package/scanner/scanner.mjs';

export default await buildScanConfig();
