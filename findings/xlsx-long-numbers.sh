#!/usr/bin/env bash
# npm xlsx 0.18.5 (SheetJS) and exceljs 4.4.0, on one workbook
#
# Expected: CSV made of integer cells holds all their digits; a cell holds 15.
# Seen: SheetJS writes a number of 12 digits or more as a spreadsheet shows it,
# 4.42079E+11, and one of 11 digits in full, so American numbers pass and British
# ones lose half their digits in the same column. sheet_to_json with raw:false
# does so too; rawNumbers:true keeps them. exceljs writes them whole. A cell of
# text is whole in both.
# For whom: lists of numbers that people upload. An import that was tried with
# +1 numbers alone is right; 4.42079E+11 has to be refused, it can't be mended.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet npm install --no-audit --no-fund xlsx@0.18.5 exceljs@4.4.0

cat > run.mjs <<'END'
import ExcelJS from "exceljs";
import XLSX from "xlsx";
const book = new ExcelJS.Workbook();
const rows = [[12025550143, "+12025550143"], [442079460958, "+442079460958"]];
book.addWorksheet("numbers").addRows(rows);
await book.xlsx.writeFile("numbers.xlsx");
const sheet = XLSX.readFile("numbers.xlsx").Sheets.numbers;
const line = (text) => text.trim().split("\n").join(" | ");
console.log("sheet_to_csv:", line(XLSX.utils.sheet_to_csv(sheet)));
console.log("rawNumbers:", line(XLSX.utils.sheet_to_csv(sheet, { rawNumbers: true })));
console.log("sheet_to_json, raw false:", JSON.stringify(XLSX.utils.sheet_to_json(sheet, { header: 1, raw: false })));
const again = new ExcelJS.Workbook();
await again.xlsx.readFile("numbers.xlsx");
console.log("exceljs:", line((await again.csv.writeBuffer()).toString()));
END

got=$(node run.mjs)
want='sheet_to_csv: 12025550143,+12025550143 | 4.42079E+11,+442079460958
rawNumbers: 12025550143,+12025550143 | 442079460958,+442079460958
sheet_to_json, raw false: [["12025550143","+12025550143"],["4.42079E+11","+442079460958"]]
exceljs: 12025550143,+12025550143 | 442079460958,+442079460958'
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
