/**
 * Prints the folders of this project, their file counts and their imports, from the bottom layer
 * up: `deno task arrows`. Fails if imports form a circle, among folders or files, if a folder has
 * too many files, or if anything differs from the table in `folders/`.
 *
 * @module
 */

import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf, FOLDERS, forbidden, MAX_FILES } from "./folders/folders.ts";

/** Files by their paths from the top. Modules have their text. */
export type Files = ReadonlyMap<string, string>;

/** Imports by importing path. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Build products and downloads, which are not part of the project. */
const NOT_OURS = /^(?:\.|node_modules$|dist$)/;

/** An import or export from another module of the project, as `deno fmt` writes it. */
const STATIC = /^(?:import|export)\b(?:[^;"'`=]*\bfrom)?\s*"(\.[^"]+)"/gm;

/** An import at run time. Imports inside a single-quoted text, as tests have them, do not count. */
const DYNAMIC = /^[^'\n]*\bimport\(\s*"(\.[^"]+)",?\s*\)/gm;

/** Reads all files under a folder. The folder's path ends with a slash. */
export async function readFiles(root: string, path = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(root + path)) {
    if (NOT_OURS.test(name)) continue;
    if (isDirectory) {
      for (const [file, text] of await readFiles(root, `${path}${name}/`)) files.set(file, text);
    } else {
      const isModule = name.endsWith(".ts");
      files.set(path + name, isModule ? await Deno.readTextFile(root + path + name) : "");
    }
  }
  return files;
}

/** The files that each file imports. */
export function fileArrows(files: Files): Arrows {
  const arrows = new Map<string, Set<string>>();
  for (const [path, text] of files) {
    if (!path.endsWith(".ts")) continue;
    const found = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)]
      .map(([, target]) => posix.join(posix.dirname(path), target!))
      .filter((target) => files.has(target)); // A test may contain an import as text.
    arrows.set(path, new Set(found));
  }
  return arrows;
}

/** The other folders that each folder imports. */
export function folderArrows(files: Arrows): Arrows {
  const arrows = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const folder = folderOf(path);
    const others = [...targets].map(folderOf).filter((target) => target !== folder);
    arrows.set(folder, new Set([...arrows.get(folder) ?? [], ...others]));
  }
  return arrows;
}

/**
 * Each place's height above the bottom layer, and the circles found on the way, each as its places
 * in order.
 */
export function levelsOf(
  arrows: Arrows,
): { readonly levels: ReadonlyMap<string, number>; readonly circles: readonly string[][] } {
  const levels = new Map<string, number>();
  const circles: string[][] = [];
  const visit = (place: string, path: readonly string[]): number => {
    const known = levels.get(place);
    if (known !== undefined) return known;
    if (path.includes(place)) {
      circles.push([...path.slice(path.indexOf(place)), place]);
      return 0;
    }
    const below = [...arrows.get(place) ?? []].map((target) => visit(target, [...path, place]));
    levels.set(place, 1 + Math.max(0, ...below));
    return levels.get(place)!;
  };
  for (const place of [...arrows.keys()].sort()) visit(place, []);
  return { levels, circles };
}

/** The number of files in each folder. The top, which has the project's own files, is left out. */
function countFiles(files: Files): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of files.keys()) {
    if (!path.includes("/")) continue;
    counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  }
  return counts;
}

/** The problems with the folders and arrows of these files, one per line. */
export function complaintsOf(files: Files): string[] {
  const arrows = fileArrows(files);
  const wrong = new Set<string>();
  for (const [folder, count] of countFiles(files)) {
    if (count > MAX_FILES && !FOLDERS[folder]?.isGenerated) {
      wrong.add(`${folder} has ${count} files: at most ${MAX_FILES} are allowed`);
    }
  }
  for (const [path, targets] of arrows) {
    const all = [path, ...targets].map((target) => forbidden(path, target));
    for (const complaint of all) if (complaint !== undefined) wrong.add(complaint);
  }
  for (const folder of Object.keys(FOLDERS)) {
    if (![...files.keys()].some((path) => folderOf(path) === folder)) {
      wrong.add(`${folder} is in tools/folders/, but there is none`);
    }
  }
  for (const places of [folderArrows(arrows), arrows]) {
    for (const circle of levelsOf(places).circles) wrong.add(`circle: ${circle.join(" -> ")}`);
  }
  return [...wrong];
}

/** The folders with their files, and the arrows between them, as lines. */
export function pictureOf(files: Files): string[] {
  const counts = countFiles(files);
  const arrows = folderArrows(fileArrows(files));
  const { levels } = levelsOf(arrows);
  const width = Math.max(...Object.keys(FOLDERS).map((folder) => folder.length));
  const order = [...levels].filter(([place]) => FOLDERS[place]).sort(([a, i], [b, j]) =>
    i - j || (a < b ? -1 : 1)
  );
  return [
    "Files in each folder:",
    ...[...counts].sort().map(([folder, count]) =>
      `${String(count).padStart(4)}  ${folder.padEnd(width)}  ${FOLDERS[folder]?.about ?? ""}`
        .trimEnd()
    ),
    "",
    "The imports of each folder; level 1 imports nothing:",
    ...order.map(([folder, level]) => {
      const targets = [...arrows.get(folder) ?? []].sort().join(", ") || "nothing";
      return `${String(level).padStart(4)}  ${folder.padEnd(width)}  ${targets}`;
    }),
  ];
}

if (import.meta.main) {
  const files = await readFiles(fileURLToPath(new URL("../", import.meta.url)));
  const complaints = complaintsOf(files);
  const errors = complaints.map((complaint) => `error: ${complaint}`);
  const verdict = errors.length > 0
    ? errors
    : ["No circles, and everything matches tools/folders/."];
  const lines = [...pictureOf(files), "", ...verdict];
  await new Blob([`${lines.join("\n")}\n`]).stream().pipeTo(Deno.stdout.writable);
  if (complaints.length > 0) Deno.exitCode = 1;
}
