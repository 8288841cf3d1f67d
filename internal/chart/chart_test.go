package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/chart"
	"didops/internal/money"
	"didops/internal/testing/golden"
	"didops/internal/view"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func date(s string) time.Time {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return at
}

// weekly is a line with a point a week; "" is not known.
func weekly(name, from string, values ...string) view.Line {
	l := view.Line{Name: name}
	for i, v := range values {
		p := view.Point{At: date(from).AddDate(0, 0, 7*i)}
		if v != "" {
			p.Value = money.MustParse(v)
		}
		l.Points = append(l.Points, p)
	}
	return l
}

func steps(title, end string, lines ...view.Line) view.Steps {
	return view.Steps{Title: title, End: date(end), Lines: lines}
}

// year is a year of fees.
func year() view.Steps {
	var lowest, median []string
	for i := range 52 {
		lowest = append(lowest, fmt.Sprintf("%d.%02d", 3-i/20, (i*i*7)%90))
		median = append(median, fmt.Sprintf("%d.50", 5+(i/9)%3))
	}
	return steps("Monthly fee in USD: United Arab Emirates, mobile", "2026-12-28", weekly("lowest", "2026-01-05", lowest...), weekly("median", "2026-01-05", median...))
}

func pictures() map[string]view.Steps {
	return map[string]view.Steps{
		"quarter": steps("Monthly fee in USD: United Arab Emirates, mobile", "2026-03-30",
			weekly("lowest", "2026-01-05", "2.50", "2.50", "2.40", "2.40", "1.95", "1.95", "2.40", "2.40", "2.60", "2.60", "2.60", "2.55"),
			weekly("median", "2026-01-05", "4", "4", "4", "4.10", "4.10", "4.10", "3.90", "3.90", "3.90", "4.25", "4.25", "4.25")),
		"year":      year(),
		"empty":     steps("Monthly fee in USD: Tuvalu", "2026-03-30", weekly("lowest", "2026-01-05"), weekly("median", "2026-01-05")),
		"one_point": steps("Monthly fee in USD: Qatar", "2026-01-05", weekly("lowest", "2026-01-05", "3.10"), weekly("median", "2026-01-05", "3.65")),
		"one_value": steps("Monthly fee in USD: +12025550123", "2026-03-30", weekly("monthly fee", "2025-11-03", "1.00", "1.00", "1.00")),
		"huge":      steps("Monthly fee in USD: everything", "2036-01-01", weekly("lowest", "2026-01-05", "0.01", "999999999.99", "0.5"), weekly("median", "2026-01-05", "5", "1000000", "5")),
		"tiny":      steps("Price of a message in USD", "2026-02-02", weekly("lowest", "2026-01-05", "0.001", "0.0015", "0.0012", "0.00125")),
		"gap":       steps("Monthly fee in USD: a long title of very many countries of which there is no end, and of more of them than that", "2026-03-09", weekly("lowest", "2025-12-08", "2", "2.5", "", "", "3", "2.75", "", "2.75", "2.75")),
		"words":     steps(`<script>alert("1")</script> & 中文 Việt`, "2026-02-02", weekly(`</text><a href="x">`, "2026-01-05", "1", "2")),
	}
}

// countries are bars as a report has them.
func countries(n int) view.Bars {
	b := view.Bars{Title: "Monthly fees in USD by country", Note: "As of 30 Nov 2026, 06:44 UTC. 10,000 numbers, 31,234.50 a month."}
	names := []string{"United Arab Emirates", "United Kingdom", "Türkiye", "Bosnia and Herzegovina", "Germany", "Kazakhstan", "Viet Nam", "US", "DE", "SA", "others (31)"}
	for i := range n {
		b.Rows = append(b.Rows, view.Bar{Name: names[i%len(names)], Value: money.MustParse(fmt.Sprintf("%d.%02d", 12000/(i*i+1), i)), Label: fmt.Sprintf("%d.%02d · %d%%", 12000/(i*i+1), i, 40/(i+1))})
	}
	return b
}

func bars() map[string]view.Image {
	list := map[string]view.Image{
		"bars":         {Bars: countries(7)},
		"bars_many":    {Bars: countries(11), Sandbox: true},
		"bars_one":     {Bars: countries(1)},
		"bars_crowd":   {Bars: countries(60)},
		"bars_none":    {Bars: view.Bars{Title: "Monthly fees in USD by tag", Note: "As of 30 Nov 2026."}},
		"bars_words":   {Bars: view.Bars{Title: "By owner", Rows: []view.Bar{{Name: `</text>中文 <b> & Việt`, Value: money.MustParse("3")}, {Name: "zero", Value: money.MustParse("0")}, {Name: strings.Repeat("W", 90)}}}},
		"steps_marked": {Steps: pictures()["quarter"], Sandbox: true},
	}
	return list
}

func TestBars(t *testing.T) {
	t.Parallel()
	for name, i := range bars() {
		i.Name, i.Alt = name, "what is to be seen"
		golden.Check(t, name+".svg", chart.SVG(i, chart.Light))
		for end, theme := range map[string]chart.Theme{"": chart.Light, "-dark": chart.Dark} {
			if end == "-dark" && name != "bars_many" {
				continue
			}
			got, err := chart.PNG(i, theme)
			if err != nil {
				t.Fatal(err)
			}
			golden.Picture(t, name+end+".png", got)
		}
	}
}

// TestBlocks holds that a bar is as long as its amount, to the eighth of a
// character, and that no amount is drawn as nothing.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, largest string
		width      int
		want       string
	}{
		{"10", "10", 4, "████"},
		{"5", "10", 4, "██"},
		{"5.5", "10", 10, "█████▌"},
		{"0.0001", "1000000", 10, "▏"},
		{"1", "8", 1, "▏"},
		{"7", "8", 1, "▉"},
		{"0", "10", 4, ""},
		{"", "10", 4, ""},
		{"3", "", 4, ""},
		{"3", "3", 0, ""},
	} {
		amount := func(s string) (a money.Amount) {
			if s != "" {
				a = money.MustParse(s)
			}
			return a
		}
		if got := chart.Blocks(amount(tt.a), amount(tt.largest), tt.width); got != tt.want {
			t.Errorf("%s of %s in %d: got %q, want %q", tt.a, tt.largest, tt.width, got, tt.want)
		}
	}
}

// TestPictures holds what is drawn, pixel by pixel and as text.
func TestPictures(t *testing.T) {
	t.Parallel()
	for name, s := range pictures() {
		i := view.Image{Name: name, Alt: `what is <to> "be" seen`, Steps: s}
		golden.Check(t, name+".svg", chart.SVG(i, chart.Light))
		for end, theme := range map[string]chart.Theme{"": chart.Light, "-dark": chart.Dark} {
			if end != "" && name != "quarter" {
				continue
			}
			got, err := chart.PNG(i, theme)
			if err != nil {
				t.Fatal(err)
			}
			golden.Picture(t, name+end+".png", got)
		}
	}
}

// TestAnySeriesIsDrawn draws what comes.
func TestAnySeriesIsDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := view.Steps{Title: rapid.String().Draw(r, "title"), End: date("2026-06-01").AddDate(0, 0, rapid.IntRange(-400, 400).Draw(r, "end"))}
		for range rapid.IntRange(0, 5).Draw(r, "lines") {
			l := view.Line{Name: rapid.String().Draw(r, "name")}
			at := date("2026-01-01")
			for range rapid.IntRange(0, 8).Draw(r, "points") {
				at = at.Add(time.Duration(rapid.Int64Range(0, 1<<52).Draw(r, "later")))
				p := view.Point{At: at}
				if rapid.Bool().Draw(r, "known") {
					p.Value = money.MustParse(rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{1,9})?`).Draw(r, "value"))
				}
				l.Points = append(l.Points, p)
			}
			s.Lines = append(s.Lines, l)
		}
		i := view.Image{Alt: rapid.String().Draw(r, "alt"), Steps: s}
		svg := chart.SVG(i, chart.Dark)
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				r.Fatalf("%v in %s", err, svg)
			}
		}
		if known := bytes.Contains(svg, []byte(`text-anchor="end"`)); known != dated(svg) {
			r.Errorf("got amounts %v, and dates %v: %s", known, !known, svg)
		}
		if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			r.Errorf("got %s", svg)
		}
	})
	b, err := chart.PNG(view.Image{}, chart.Light)
	if err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil || (image.Point{c.Width, c.Height}) != (image.Point{chart.Width, chart.Height}) {
		t.Errorf("got %+v, %v", c, err)
	}
}

// dated reports whether a picture has a date below it.
func dated(svg []byte) bool { return bytes.Contains(svg, []byte(` y="414" `)) }

// amount is a piece of a first line.
var amount = regexp.MustCompile(`<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)" height="[0-9.]+" fill="#0072b2"/>`)

// TestShortTime holds that a chart has a date where no midnight lies in what is
// known, and that no amount is drawn beyond that.
func TestShortTime(t *testing.T) {
	t.Parallel()
	at := func(clock string) time.Time { return date("2026-11-30").Add(must(time.ParseDuration(clock))) }
	for name, tt := range map[string]struct {
		from, to, end time.Time
		dates         []string
	}{
		"half an hour":    {at("9h30m"), at("9h45m"), at("10h"), []string{"30 Nov 2026"}},
		"a day less one":  {at("0h1m"), at("20h"), at("24h"), []string{"1 Dec 2026"}},
		"over midnight":   {at("23h"), at("24h"), at("25h"), []string{"1 Dec 2026"}},
		"a day":           {at("0h"), at("20h"), at("24h"), []string{"30 Nov 2026", "1 Dec"}},
		"a moment":        {at("9h30m"), at("9h30m"), at("9h30m"), []string{"30 Nov 2026"}},
		"no end":          {at("9h30m"), at("9h45m"), time.Time{}, []string{"30 Nov 2026"}},
		"a moment, noend": {at("13h"), at("13h"), time.Time{}, []string{"1 Dec 2026"}},
	} {
		s := view.Steps{Title: name, End: tt.end, Lines: []view.Line{{Name: "fee", Points: []view.Point{
			{At: tt.from, Value: money.MustParse("3")}, {At: tt.to, Value: money.MustParse("4.90")},
		}}}}
		svg := string(chart.SVG(view.Image{Steps: s}, chart.Light))
		for _, d := range tt.dates {
			if !strings.Contains(svg, ">"+d+"</text>") {
				t.Errorf("%s: got no %s in %s", name, d, svg)
			}
		}
		if n := strings.Count(svg, ` y="414" `); n != len(tt.dates) {
			t.Errorf("%s: got %d dates in %s, want %d", name, n, svg, len(tt.dates))
		}
		for _, r := range amount.FindAllStringSubmatch(svg, -1) {
			if right := must(strconv.ParseFloat(r[1], 64)) + must(strconv.ParseFloat(r[2], 64)); tt.to.Sub(tt.from) < time.Hour && right > chart.Width*2/3 {
				t.Errorf("%s: got an amount until %v, want it to end where nothing more is known", name, right)
			}
		}
	}
}

func TestSpark(t *testing.T) {
	t.Parallel()
	for want, values := range map[string][]string{
		"":         nil,
		"▄":        {"2"},
		"▄▄▄":      {"2", "2.00", "2"},
		"▁▅█":      {"1", "2", "3.0"},
		"·▁·█":     {"", "0.01", "", "999999999"},
		"▁▂▃▄▅▆▇█": {"0", "1", "2", "3", "4", "5", "6", "7"},
	} {
		if got := chart.Spark(weekly("", "2026-01-05", values...), 20); got != want {
			t.Errorf("%v: got %q, want %q", values, got, want)
		}
	}
	long := weekly("", "2026-01-05", strings.Split(strings.Repeat("1 ", 99)+"9", " ")...)
	if got := chart.Spark(long, 20); got != strings.Repeat("▁", 19)+"█" {
		t.Errorf("got %q, want the last of a long line", got)
	}
}

func BenchmarkPNG(b *testing.B) {
	i := view.Image{Steps: year()}
	for b.Loop() {
		if _, err := chart.PNG(i, chart.Dark); err != nil {
			b.Fatal(err)
		}
	}
}
