package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"didops/internal/fault"
)

// workbook is an archive of parts.
type workbook struct {
	left       int // bytes that may still be unpacked
	parts      map[string]*zip.File
	sheets     []sheetPart
	texts      []string // that cells share
	sharedPart string   // the part that holds them; "" = there is none
	looks      []look   // of numbers, by the cell's style
	styled     string   // the part that holds them
}

type sheetPart struct {
	name, part string
	hidden     bool
}

func openWorkbook(data []byte) (*workbook, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(err)
	}
	if len(archive.File) > maxParts {
		return nil, invalid("has more than %d parts", maxParts)
	}
	w := &workbook{left: maxUnpacked, parts: make(map[string]*zip.File, len(archive.File))}
	for _, f := range archive.File {
		key := strings.ToLower(f.Name)
		if w.parts[key] != nil {
			return nil, invalid("holds the part %q twice", clipped(f.Name))
		}
		w.parts[key] = f
	}
	if w.parts["mimetype"] != nil || w.parts["index/document.iwa"] != nil {
		return nil, invalid("is a document of another program").WithHint("%s", saveAs)
	}
	related, err := w.relations("")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(related, func(r relation) bool { return r.is("officeDocument") })
	if i < 0 {
		return nil, invalid("is an archive, and no workbook").WithHint("%s", saveAs)
	}
	return w, w.book(related[i].part)
}

func damaged(err error) *fault.Error {
	return invalid("is damaged, or no workbook").WithHint("%s", saveAs).WithCause(err)
}

// book reads what the workbook's own part says.
func (w *workbook) book(part string) error {
	if !strings.HasSuffix(part, ".xml") {
		return invalid("is no workbook of the usual kind").WithHint("%s", saveAs)
	}
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(part, &book); err != nil {
		return err
	}
	related, err := w.relations(part)
	if err != nil {
		return err
	}
	target := map[string]string{}
	for _, r := range related {
		switch {
		case r.is("worksheet"):
			target[r.id] = r.part
		case r.is("sharedStrings"):
			w.sharedPart = r.part
		case r.is("styles"):
			w.styled = r.part
		}
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attrs {
			if part := target[a.Value]; a.Name.Local == "id" && part != "" { // a sheet of a chart has none
				w.sheets = append(w.sheets, sheetPart{s.Name, part, s.State != "" && s.State != "visible"})
			}
		}
	}
	return nil
}

// relation is one of a part to another: OPC, section 9.3.
type relation struct{ id, kind, part string }

func (r relation) is(kind string) bool { return strings.HasSuffix(r.kind, "/"+kind) }

// relations returns those of a part, of the package for "".
func (w *workbook) relations(part string) ([]relation, error) {
	var list struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
			Mode   string `xml:"TargetMode,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode(path.Join(path.Dir(part), "_rels", path.Base("/"+part)+".rels"), &list); err != nil {
		return nil, err
	}
	var found []relation
	for _, r := range list.Relations {
		target := r.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(part), target)
		}
		if r.Mode != "External" {
			found = append(found, relation{r.ID, r.Type, strings.TrimPrefix(target, "/")})
		}
	}
	return found, nil
}

// decode reads a part into a struct; one that is not there leaves it empty.
func (w *workbook) decode(part string, into any) error {
	return w.read(part, func(d *xml.Decoder) error {
		if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	})
}

// errPart is that of a part which unpacks to more than it may.
var errPart = errors.New("the part is too large")

// read hands a part over as XML. Entities are none but those of XML itself,
// so that nothing grows that was read.
func (w *workbook) read(part string, do func(*xml.Decoder) error) error {
	f := w.parts[strings.ToLower(part)]
	if f == nil {
		return nil
	}
	from, err := f.Open()
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = from.Close() }()
	limited := &bounded{from, min(maxPart, w.left)}
	before := limited.left
	err = do(xml.NewDecoder(limited))
	w.left -= before - max(0, limited.left)
	if _, said := fault.As(err); said {
		return err
	}
	if errors.Is(err, errPart) {
		return invalid("unpacks to more than is read, %d MB a part and %d in all", maxPart>>20, maxUnpacked>>20).WithHint("leave only the column of the numbers in it")
	}
	if err != nil {
		return damaged(err)
	}
	return nil
}

// bounded fails where more is read than it may have.
type bounded struct {
	from io.Reader
	left int
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errPart
	}
	return n, err
}
