package app

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"didops/internal/testing/golden"
)

// TestGeneratedPicture holds the picture of a purchase in the README against
// what the program says. With -update it writes it.
func TestGeneratedPicture(t *testing.T) {
	const command = `didops did purchase +971520545433 --reason "line for the Dubai desk"`
	golden.Made(t, filepath.Join(root, "docs/purchase.svg"), func([]byte) ([]byte, error) {
		return picture(command, purchaseAsSeen(t, true))
	})
}

// The measures of a picture, in pixels: of a character, a line and the margin.
const (
	pictureColumn, pictureLine, pictureMargin = 8.4, 18, 20
)

// pictureHead has its colours in itself, so that it is the same on a light
// and on a dark page.
const pictureHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-label=%[3]q>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de; white-space: pre }
.bold { font-weight: 600; fill: #ffffff }
.dim { fill: #9198a1 }
.alarm { font-weight: 600; fill: #ff9bf5 }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#0d1117" stroke="#3d444d"/>
`

// picture draws a terminal: a command, and what came of it with its emphasis.
func picture(command, seen string) ([]byte, error) {
	lines := append([]string{"\x1b[2m$\x1b[0m " + command}, strings.Split(strings.TrimRight(seen, "\n"), "\n")...)
	var body bytes.Buffer
	widest := 0
	for i, l := range lines {
		fmt.Fprintf(&body, `<text x="%d" y="%d" xml:space="preserve">`, pictureMargin, pictureMargin+(i+1)*pictureLine-4)
		columns, err := emphasized(&body, l)
		if err != nil {
			return nil, err
		}
		widest = max(widest, columns)
		body.WriteString("</text>\n")
	}
	var out bytes.Buffer
	width, height := int(float64(widest)*pictureColumn)+2*pictureMargin, len(lines)*pictureLine+2*pictureMargin
	fmt.Fprintf(&out, pictureHead, width, height, "A terminal: a purchase is quoted, asked for and done")
	out.Write(body.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes(), nil
}

// emphasized writes a line with its emphasis and returns how many characters
// it has. What the picture has no class for is an error.
func emphasized(out *bytes.Buffer, line string) (columns int, err error) {
	classes := map[string]string{"0": "", "1": "bold", "2": "dim", "1;35": "alarm"}
	class := ""
	for _, part := range regexp.MustCompile(`\x1b\[[0-9;]*m|[^\x1b]+|\x1b`).FindAllString(line, -1) {
		if code, ok := strings.CutPrefix(part, "\x1b["); ok {
			if class, ok = classes[strings.TrimSuffix(code, "m")]; !ok {
				return 0, fmt.Errorf("the picture has no class for %q", part)
			}
			continue
		}
		columns += utf8.RuneCountInString(part)
		if class != "" {
			fmt.Fprintf(out, `<tspan class=%q>`, class)
		}
		if err := xml.EscapeText(out, []byte(part)); err != nil {
			return 0, err
		}
		if class != "" {
			out.WriteString("</tspan>")
		}
	}
	return columns, nil
}

func TestPicture(t *testing.T) {
	t.Parallel()
	got, err := picture("a <b>", "\x1b[1;35mS\x1b[0m & \x1b[2mdim\x1b[0m\n")
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Texts []struct {
			Plain string `xml:",chardata"`
			Spans []struct {
				Class string `xml:"class,attr"`
				Text  string `xml:",chardata"`
			} `xml:"tspan"`
		} `xml:"text"`
	}
	if err := xml.Unmarshal(got, &root); err != nil {
		t.Fatalf("got %v for\n%s", err, got)
	}
	if len(root.Texts) != 2 || root.Texts[0].Plain != " a <b>" || len(root.Texts[1].Spans) != 2 || root.Texts[1].Spans[0].Class != "alarm" {
		t.Errorf("got %+v, want two lines with their emphasis", root.Texts)
	}
	if _, err := picture("", "\x1b[5mblink"); err == nil {
		t.Error("got no error for an emphasis that has no class, want one")
	}
}
