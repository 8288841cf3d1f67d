package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/internal/testing/workbook"
)

// scriptWorkbook writes a workbook, each of whose sheets is a column of texts:
//
//	workbook list.xlsx March=number,+971501234567
func scriptWorkbook(t *testing.T) func(*testscript.TestScript, bool, []string) {
	t.Helper()
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: workbook file name=text,text...")
		}
		var b workbook.Book
		for _, sheet := range args[1:] {
			name, texts, _ := strings.Cut(sheet, "=")
			b.Sheets = append(b.Sheets, workbook.Texts(name, strings.Split(texts, ",")...))
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(t), 0o600))
	}
}
