package config

import (
	"errors"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"didops/internal/sanitize"
)

// deepest is how deep positions are noted. No key stands so deep, and a hostile
// file is not worth a path for every level.
const deepest = 8

// document is a parsed file whose values are taken out one by one; what
// remains in the end is not known.
type document struct {
	file  string
	tree  map[string]any
	lines map[string]int // path of a key or table → line
}

// parse reads a TOML document. Its error is a list of one problem, and never
// repeats what stands in the document, as the parser's own messages do.
func parse(file string, data []byte) (*document, *problem) {
	d := &document{file: file, tree: map[string]any{}, lines: map[string]int{}}
	if err := toml.Unmarshal(data, &d.tree); err != nil {
		return nil, d.syntax(err)
	}
	d.locate(data)
	return d, nil
}

func (d *document) syntax(err error) *problem {
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return &problem{where: d.file, rule: "is not valid TOML"}
	}
	row, column := at.Position()
	p := &problem{where: d.at(row), line: row}
	if path := at.Key(); len(path) > 0 {
		p.key, p.rule = sanitize.Clean(joined(path), 60), "stands twice, or contradicts an earlier line"
		return p
	}
	p.rule = "not valid TOML at column " + strconv.Itoa(column) + "; look for a missing quote, bracket or equals sign"
	return p
}

func (d *document) at(row int) string { return d.file + ":" + strconv.Itoa(row) }

// locate notes the line of every key and table.
func (d *document) locate(data []byte) {
	w := locator{lines: d.lines, counts: map[string]int{}}
	for i, c := range data {
		if c == '\n' {
			w.breaks = append(w.breaks, i)
		}
	}
	var p unstable.Parser
	p.Reset(data)
	var table string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			table = w.note("", e.Key())
		case unstable.ArrayTable:
			table = w.note("", e.Key())
			n := w.counts[table]
			w.counts[table]++
			line := w.lines[table]
			table = element(table, n)
			w.mark(table, line)
		default:
			w.value(table, e)
		}
	}
}

// locator walks a syntax tree. Paths of list elements carry their index.
type locator struct {
	lines  map[string]int
	counts map[string]int // elements of a list of tables so far
	breaks []int          // offsets of line ends
}

// note marks the tables and the key that a dotted key names, and returns the
// path of the last.
func (w *locator) note(path string, keys unstable.Iterator) string {
	for deep := 0; deep < deepest && keys.Next(); deep++ {
		if n := w.counts[path]; n > 0 {
			path = element(path, n-1)
		}
		node := keys.Node()
		path = join(path, string(node.Data))
		line := 1 + sort.SearchInts(w.breaks, int(node.Raw.Offset))
		w.mark(path, line)
		if keys.IsLast() {
			w.lines[path] = line
		}
	}
	return path
}

func (w *locator) mark(path string, line int) {
	if _, known := w.lines[path]; !known {
		w.lines[path] = line
	}
}

func (w *locator) value(table string, pair *unstable.Node) {
	path := w.note(table, pair.Key())
	w.inside(path, pair.Value(), w.lines[path])
}

// inside notes the keys of inline tables as deep as any key may stand. A list entry has the line of its list.
func (w *locator) inside(path string, value *unstable.Node, line int) {
	children := value.Children()
	if strings.Count(path, ".") >= deepest {
		return
	}
	if value.Kind == unstable.InlineTable {
		for children.Next() {
			w.value(path, children.Node())
		}
		return
	}
	for i := 0; value.Kind == unstable.Array && children.Next(); i++ {
		if children.Node().Kind != unstable.InlineTable {
			continue
		}
		w.mark(element(path, i), line)
		w.inside(element(path, i), children.Node(), line)
	}
}

// element returns the path of a list's entry.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// join appends a key to a path, quoted unless it is a bare key, so that two
// different keys never have one path.
func join(path, name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r == '.' || r == '[' || r == '"' || r <= ' ' }) {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func joined(names []string) string {
	path := ""
	for _, name := range names[:min(len(names), deepest)] {
		path = join(path, name)
	}
	return path
}

// table returns the table of a section, nil if the file has none. It returns
// ok = false when something else stands in its place.
func (d *document) table(name string) (found map[string]any, ok bool) {
	outer, last := d.outer(name)
	value, present := outer[last]
	if !present {
		return nil, true
	}
	found, ok = value.(map[string]any)
	return found, ok
}

// outer returns the table that a section stands in, and its name there.
func (d *document) outer(name string) (table map[string]any, last string) {
	before, after, nested := strings.Cut(name, ".")
	if !nested {
		return d.tree, name
	}
	table, _ = d.tree[before].(map[string]any)
	return table, after
}

// elements takes the tables of a list section out of the document.
func (d *document) elements(name string) (found []map[string]any, ok bool) {
	outer, last := d.outer(name)
	value, present := outer[last]
	if !present {
		return nil, true
	}
	delete(outer, last)
	list, ok := value.([]any)
	for _, entry := range list {
		one, isTable := entry.(map[string]any)
		if !isTable {
			return nil, false
		}
		found = append(found, one)
	}
	return found, ok
}

// byLine returns the keys of a table in the order of the file.
func (d *document) byLine(path string, table map[string]any) []string {
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		if n := d.lines[join(path, a)] - d.lines[join(path, b)]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
}
