package shell

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"

	"didops/internal/fault"
	"didops/internal/render"
	"didops/internal/view"
)

func (s *shell) writePlain(d view.Doc) error {
	return written(render.Plain(s.Out, d, render.PlainOptions{Width: s.Width, Color: s.Color && !s.Globals.NoColor}))
}

// writeJSON writes one document and a line feed: as it is for a program,
// indented for a terminal and without a character that could command it.
func (s *shell) writeJSON(data json.RawMessage) error {
	var b bytes.Buffer
	if s.OutTTY {
		if err := json.Indent(&b, data, "", "  "); err != nil {
			return fmt.Errorf("indent result: %w", err)
		}
		data = visible(b.Bytes())
	}
	_, err := s.Out.Write(append(bytes.Clone(data), '\n'))
	return written(err)
}

// visible writes characters that are not drawn as JSON escapes. They occur in
// strings only, so the document stays what it was.
func visible(document []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(document) {
		if r == '\n' || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.Bytes()
}

// written gives an error of writing a code and a sentence.
func written(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "the result could not be written").WithCause(err)
}
