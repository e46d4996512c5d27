/** The drawing that stands for a style's props. */
export type Ornament = 'petals' | 'moon' | 'lanterns' | 'waves' | 'stripes' | 'stars';

/** One style of portraits. */
export interface Style {
	/** As the API names it. */
	style: string;
	name: string;
	sex: '女' | '男';
	/** Colours of the background from top to bottom, and of frame and ornament; #rrggbb. */
	colours: readonly [top: string, bottom: string, accent: string];
	ornament: Ornament;
}

/** The catalogue. The first three IDs and the first two names are the document's samples, the rest is ours. */
export const styles: readonly Style[] = [
	style('20057d0c-8cef-447e-88d0-a8f3490fd0b0', '仙气十足', '女', ['#e8f4f1', '#8fb8c9', '#5b8fa8'], 'petals'),
	style('9ea64839-47df-4839-9823-cacac81eb933', '花好月圆', '女', ['#fde8d7', '#c97b84', '#9e2a2b'], 'moon'),
	style('c505072e-66f0-4659-9b12-6da82ce6dc33', '海岸清风', '女', ['#dff3ff', '#5fa8d3', '#1b4965'], 'waves'),
	style('1f0d6b52-7a57-4c1e-9a3c-2f6f0d3b8a41', '复古港风', '女', ['#f2d0a4', '#8c2f39', '#461220'], 'stripes'),
	style('3b9c2f68-91d4-4f0b-8a54-6c7de1b0f972', '星河璀璨', '女', ['#2d3142', '#4f5d75', '#bfc0c0'], 'stars'),
	style('4c1a7e90-05bb-4d7a-b1f2-93a8e46d2c15', '国风新娘', '女', ['#ffcdb2', '#b5121b', '#ffb703'], 'lanterns'),
	style('58e3d1c4-6f29-47b6-9d08-1ab5c7f3e260', '职场精英', '女', ['#edf2f4', '#8d99ae', '#2b2d42'], 'stripes'),
	style('6a72f0b9-cd13-4e85-a6c7-d40e9f8b1357', '商务绅士', '男', ['#e5e5e5', '#6c757d', '#14213d'], 'stripes'),
	style('7d84b3e6-2a90-4a6f-8b1d-50f7c2e9a6d8', '江湖侠客', '男', ['#dad7cd', '#588157', '#344e41'], 'moon'),
	style('8e95c4f7-3ba1-4b70-9c2e-61a8d3f0b7e9', '航海日志', '男', ['#caf0f8', '#0077b6', '#03045e'], 'waves'),
	style('9fa6d508-4cb2-4c81-ad3f-72b9e401c8fa', '夜幕都市', '男', ['#22223b', '#4a4e69', '#f2e9e4'], 'stars'),
	style('a0b7e619-5dc3-4d92-be40-83caf512d90b', '新春贺岁', '男', ['#ffe5d9', '#d00000', '#faa307'], 'lanterns'),
];

/** A style by its ID. */
export function styleOf(id: string): Style | undefined {
	return styles.find((entry) => entry.style === id);
}

function style(id: string, name: string, sex: Style['sex'], colours: Style['colours'], ornament: Ornament): Style {
	return { style: id, name, sex, colours, ornament };
}
