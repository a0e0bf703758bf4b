/**
 * Shapes shared by the modules; types only.
 *
 * @typedef {Object} MapState what the page wants to see (see `MapState` in dashboard/maps.py)
 * @property {string} community
 * @property {string} communityName
 * @property {[number, number, number, number]} boundsLonLat west, south, east, north
 * @property {string[]} boundaryUrls
 * @property {number|null} plan
 * @property {string[]} gridsUrls
 * @property {string} version data version, part of every tile address
 * @property {string[]} layers keys of the layers shown
 * @property {boolean} labels
 * @property {"indicator"|"state"|"storeys"|"plain"} buildingMode
 * @property {{classes: Object<string, number|null>, colors: string[]}|null} choropleth
 * @property {{classes: Object<string, number|null>, colors: string[]}|null} buildingClasses class of
 *   each building by id: wins over buildingMode; null is hatched, no entry neutral
 * @property {Mark[]} marks the first one lies on top
 * @property {Trace[]} traces
 * @property {CellsState|null} cells areas of the page's own; all below them is plain
 * @property {Disc[]} discs the mark of the first one lies on top
 * @property {Object<string, string[]>} gridLabels one or two lines by grid id
 * @property {Object<string, [string, string]>} gridTips title and text by grid id
 * @property {{grid: number|null, building: number|null, point: [number, number]|null}} focus
 * @property {Object<string, string>} filters
 * @property {Legend[]} legends
 * @property {string} attribution whom the data is from, plain text
 * @property {DraftState|null} draft what is being drawn; null on other pages
 * @property {{id: number, box: [number, number, number, number]}|null} look zoom to a box
 *   (west, south, east, north) when the id is another
 * @property {boolean} wall larger, and nothing to handle
 * @property {"light"|"dark"} theme
 * @property {Object<string, string>} words
 *
 * @typedef {""|"good"|"warn"|"bad"|"muted"} Tone a colour of `tones` in palette.json; "" is "plain"
 *
 * @typedef {Object} Mark
 * @property {number} lon degrees
 * @property {number} lat
 * @property {string} text up to three characters, "" for a dot
 * @property {Tone} tone
 * @property {string} title for hovering; what follows a line break is less prominent
 *
 * @typedef {Object} Trace
 * @property {[number, number][]} line lon, lat in degrees
 * @property {Tone} tone
 * @property {boolean} dashed not for certain; a solid line shows its direction
 *
 * @typedef {Object} CellsState areas, told in differences of neighbours
 * @property {LatticeShape|RingsShape} shape
 * @property {(number|null)[]} classes of each area; null is hatched
 * @property {string[]} colors by class; "" is not filled
 * @property {boolean[]} hatched by class, may be empty
 * @property {string[]} texts what `tips` points at
 * @property {number[]} tips two of each area, title and text; may be empty
 * @property {number|null} chosen index of the outlined area
 * @property {number} opacity of the fills
 *
 * @typedef {Object} LatticeShape parallelograms in columns and rows
 * @property {number[]} affine lon, lat of the origin, lon, lat per column, lon, lat per row
 * @property {number[]} columns differences
 * @property {number[]} rows differences
 *
 * @typedef {Object} RingsShape rings, not closed
 * @property {number} digits decimals of a degree
 * @property {number[]} sizes points of each ring
 * @property {number[]} lon differences of all points one after the other
 * @property {number[]} lat
 *
 * @typedef {Object} Disc a circle on the ground
 * @property {number} lon degrees
 * @property {number} lat
 * @property {number} radius_m
 * @property {string} text of the mark in its middle
 * @property {Tone} tone
 * @property {string} title
 * @property {boolean} chosen
 *
 * @typedef {"click"|"lasso"|"polygon"|"rectangle"|"line"|"pan"} Tool
 *
 * @typedef {Object} DraftState a draft and the next edit of it
 * @property {string} url of the buildings as points: `{ids, lon, lat, households, residents}`, columns
 * @property {string} atomsVersion the buildings are asked for again when it changes
 * @property {number} revision changes with every edit
 * @property {number[]} grids grid ids
 * @property {number[]|string} assigned per building a position in `grids`, -1 for none; or its JSON
 * @property {number[]} locked grids that give and take nothing
 * @property {Object<string, string>} numbers short number by grid id
 * @property {number|"new"|null} target where a gesture puts buildings; null takes them out
 * @property {string} targetText
 * @property {boolean} onlyUnassigned
 * @property {[number, number]|null} norm households of a grid
 * @property {Tool} tool
 * @property {boolean} [tools] false: only the buildings are painted as this says, nobody draws
 * @property {number[]} selection buildings of the page's preview
 * @property {Object|null} result GeoJSON geometry the target would have
 * @property {number} clear when it changes the figure on the map is dropped
 *
 * @typedef {Object} Gesture what was done on the map, as the page is told
 * @property {"polygon"|"rectangle"|"lasso"|"click"|"line"} kind
 * @property {[number, number][]|null} ring closed area as lon, lat; the first point is not repeated
 * @property {[number, number][]|null} line
 * @property {number|null} building under a click
 * @property {[number, number]|null} point of a click
 * @property {"set"|"add"|"remove"} mode
 * @property {number} at ms; tells two equal gestures apart
 *
 * @typedef {Object} Legend
 * @property {string} title
 * @property {string} subtitle
 * @property {LegendRow[]} rows
 *
 * @typedef {Object} LegendRow
 * @property {"fill"|"hatched_fill"|"hatch"|"circle"|"ring"|"triangle"|"square"|"diamond"|"house"|"line"|"trace"|"icon"} swatch
 * @property {string} color
 * @property {string} [icon] facility kind, for swatch "icon"
 * @property {string} text
 * @property {string|number|null} [count]
 *
 * @typedef {Object} Feature a decoded tile feature; geometry in tile pixels (0..512)
 * @property {number} id
 * @property {1|2|3} geomType point, line, polygon
 * @property {{x: number, y: number}[][]} geom
 * @property {{minX: number, minY: number, maxX: number, maxY: number}} bbox
 * @property {Object<string, any>} props
 * @property {Path2D} [path] made on first use
 *
 * @typedef {Object} TileView one decoded tile and the square of the screen it stands for
 * @property {Map<string, Feature[]>} layers
 * @property {number} x left edge of the decoded tile on the canvas, px
 * @property {number} y
 * @property {number} scale canvas px per tile px
 * @property {{x: number, y: number, w: number, h: number}} clip whole device pixels
 * @property {number} z zoom of the decoded tile
 *
 * @typedef {Object} Frame what part of the world the canvas shows
 * @property {number} zoom display zoom, may be fractional
 * @property {number} level zoom as a small screen would have it: what shows depends on this
 * @property {number} originX world px of the canvas's left edge at that zoom
 * @property {number} originY
 * @property {number} width css px
 * @property {number} height
 * @property {number} dpr
 * @property {number} k size of the root font relative to 14 px; every symbol scales with it
 */
export {};
