/** A service that has a package of its own beside the whole pack. All else follows from package.json and the nodes. */
export interface Service {
	/** On npm. n8n begins the node types with it. */
	name: string;
	/** Its folder in `nodes/`, its credential in `credentials/`, its icons in `icons/`. */
	folder: string;
	credential: string;
	icon: string;
	description: string;
	keywords: string[];
	/** Behind "n8n nodes for", with a link to the service. */
	about: string;
	/** What the credential needs, and where that is from. */
	needs: string;
	/** What only this service's files say, so that the other packages must not hold it. */
	marks: RegExp;
}

export const SERVICES: Service[] = [
	{
		name: 'n8n-nodes-kling-images',
		folder: 'Kling',
		credential: 'KlingApi',
		icon: 'kling',
		description: 'n8n nodes that make, extend and combine images with Kling AI, and wait for them',
		keywords: ['kling', 'image-generation', 'text-to-image', 'image-to-image', 'outpainting'],
		about:
			'[Kling AI](https://kling.ai): images from text, photos extended to another format, products in new scenes, more views of a subject',
		needs:
			'an API key, or access key and secret key, from the console of [kling.ai](https://kling.ai) (Singapore) or klingai.com (Beijing); and the region of the account',
		marks: /kling|kuaishou/i,
	},
	{
		name: 'n8n-nodes-aliyun-portrait',
		folder: 'AliyunPortrait',
		credential: 'AliyunMarketApi',
		icon: 'aliyun',
		description: 'n8n nodes that make AI portraits of a person from photos with Aliyun, and wait for them',
		keywords: ['aliyun', 'alibaba-cloud', 'portrait', 'headshot', 'image-generation'],
		about:
			'the AI portrait API of the [Alibaba Cloud Marketplace](https://market.aliyun.com): portraits in a style of your choice, from 8 to 20 photos of a person',
		needs:
			'the Base URL of the API, and AppCode, or AppKey and AppSecret, from the Alibaba Cloud console, under the Marketplace services you bought',
		marks: /aliyun|alicloudapi|aigc/i,
	},
	{
		name: 'n8n-nodes-ps-task-edit',
		folder: 'PsTask',
		credential: 'PsTaskApi',
		icon: 'psTask',
		description: 'n8n node that edits images by a prompt with the PS task service, and waits for them',
		keywords: ['ps-task', 'image-editing', 'retouch', 'photo'],
		about: "the PS task service: an edited image from an image's address and a sentence that says what to change",
		needs: 'the Base URL of the service, from whoever runs it',
		marks: /ps[ _-]?tasks?\b|pstask|photoshop/i,
	},
];
