#!/usr/bin/env bash
# npm exceljs 4.4.0; xlsx 0.18.5 (SheetJS) and jszip 3.10.1 beside it
#
# Expected: a sheet whose rows and cells carry no "r" address is read in order:
# ECMA-376 makes that attribute optional on both, and small writers leave it out.
# Seen: SheetJS reads it; exceljs refuses the whole workbook with "Invalid row
# number in model", and with "r" on the rows alone a TypeError comes from inside.
# Only with "r" on both it holds the cells.
# For whom: exports written by hand (a list of numbers needs six small parts).
# Write both addresses, whatever the standard allows.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund exceljs@4.4.0 xlsx@0.18.5 jszip@3.10.1

cat > run.mjs <<'END'
import ExcelJS from "exceljs";
import JSZip from "jszip";
import XLSX from "xlsx";
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const rels = "http://schemas.openxmlformats.org/package/2006/relationships";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const link = (type, target) => `${head}<Relationships xmlns="${rels}"><Relationship Id="rId1" Type="${office}/${type}" Target="${target}"/></Relationships>`;
async function workbook(row, cell) {
  const at = (on, r) => (on ? ` r="${r}"` : "");
  const text = (r, t) => `<c t="inlineStr"${at(cell, r)}><is><t>${t}</t></is></c>`;
  const lines = [["+12025550143", "1.25"], ["+442079460958", "2.50"]].map(([number, fee], i) =>
    `<row${at(row, i + 1)}>${text("A" + (i + 1), number)}${text("B" + (i + 1), fee)}</row>`);
  const zip = new JSZip();
  zip.file("[Content_Types].xml", `${head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/>` +
    `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/></Types>`);
  zip.file("_rels/.rels", link("officeDocument", "xl/workbook.xml"));
  zip.file("xl/workbook.xml", `${head}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="numbers" sheetId="1" r:id="rId1"/></sheets></workbook>`);
  zip.file("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml"));
  zip.file("xl/worksheets/sheet1.xml", `${head}<worksheet xmlns="${main}"><sheetData>${lines.join("")}</sheetData></worksheet>`);
  return zip.generateAsync({ type: "nodebuffer" });
}
for (const [name, row, cell] of [["none", false, false], ["rows", true, false], ["rows and cells", true, true]]) {
  const file = await workbook(row, cell);
  const sheet = XLSX.read(file).Sheets.numbers;
  console.log(`r on ${name}: SheetJS`, JSON.stringify(XLSX.utils.sheet_to_json(sheet, { header: 1 })));
  const book = new ExcelJS.Workbook();
  const seen = await book.xlsx.load(file).then(
    () => JSON.stringify(book.worksheets[0].getSheetValues().slice(1).map((values) => values.slice(1))), (e) => e.message);
  console.log(`r on ${name}: exceljs`, seen);
}
END

got=$(node run.mjs)
want=$(cat <<'END'
r on none: SheetJS [["+12025550143","1.25"],["+442079460958","2.50"]]
r on none: exceljs Invalid row number in model
r on rows: SheetJS [["+12025550143","1.25"],["+442079460958","2.50"]]
r on rows: exceljs Cannot read properties of undefined (reading 'col')
r on rows and cells: SheetJS [["+12025550143","1.25"],["+442079460958","2.50"]]
r on rows and cells: exceljs [["+12025550143","1.25"],["+442079460958","2.50"]]
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
