import type { TaskEndpoint } from '../../../tasks/provider';
import { aliyunPortrait } from '../../provider';

export const endpoint: TaskEndpoint = {
	provider: aliyunPortrait,
	resource: 'photo',
	path: '/cloud/upload_file',
};
