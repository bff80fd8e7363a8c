/** In pixels. What stands in for a chart until it is loaded is as high. */
export const CHART_HEIGHT = 260;
