package discord_test

import (
	"bytes"
	"image/png"
	"testing"

	"didops/internal/testing/fixture"
)

// TestPicture holds that a chart stands in the message, with its words for who
// can't see it; the request is held against Discord's own description.
func TestPicture(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	m := w.Slash(t, w.alice, "line count", nil).Message(t)
	if len(m.Files) != 1 || m.Files[0].Name != "line-fees.png" {
		t.Fatalf("got %+v, want the chart", m.Files)
	}
	if _, err := png.Decode(bytes.NewReader(m.Files[0].Data)); err != nil {
		t.Error(err)
	}
	pictures := m.Pictures()
	if len(pictures) != 1 || pictures["line-fees.png"] != fixture.Picture().Alt {
		t.Errorf("got %q, want the chart with what is to be seen", pictures)
	}
}
