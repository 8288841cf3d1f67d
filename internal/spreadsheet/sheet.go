package spreadsheet

import (
	"slices"
	"strings"
)

// readWorkbook reads a sheet of a workbook in Office Open XML, transitional or
// strict: the part that the package calls its office document names the sheets,
// and relations say in which parts they are.
func readWorkbook(data []byte, name string) (Sheet, error) {
	w, err := openWorkbook(data)
	if err != nil {
		return Sheet{}, err
	}
	if err := w.shared(); err != nil {
		return Sheet{}, err
	}
	if err := w.styles(); err != nil {
		return Sheet{}, err
	}
	var found []Sheet
	var names []string
	for _, s := range w.sheets {
		names = append(names, s.name)
		if name != "" && s.name != name || name == "" && s.hidden {
			continue
		}
		rows, err := w.rows(s.part)
		if err != nil {
			return Sheet{}, err
		}
		if len(rows) > 0 {
			found = append(found, Sheet{Name: s.name, Rows: rows})
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Sheet{}, invalid("has several sheets that hold something: %s", quoted(found)).
			WithHint("name one of them behind the file, such as list.xlsx#%s, or leave one only", clipped(found[0].Name))
	case name != "" && !slices.Contains(names, name):
		return Sheet{}, invalid("has no sheet %q", clipped(name))
	}
	return Sheet{Name: name}, nil
}

func quoted(list []Sheet) string {
	var names []string
	for _, s := range list[:min(len(list), 5)] {
		names = append(names, "“"+clipped(s.Name)+"”")
	}
	return strings.Join(names, ", ")
}
