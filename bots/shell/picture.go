package shell

import (
	"didops/internal/chart"
	"didops/internal/view"
)

// picture draws the picture of a result into the files that are named for it.
func (v *verb) picture(d view.Doc) error {
	if v.png == "" && v.svg == "" {
		return nil
	}
	list := d.Images()
	if len(list) == 0 {
		v.say("There is nothing to draw: no file was written.")
		return nil
	}
	i := list[0]
	if v.svg != "" {
		if err := v.save("svg", v.svg, chart.SVG(i, chart.Light)); err != nil {
			return err
		}
	}
	if v.png == "" {
		return nil
	}
	data, err := chart.PNG(i, chart.Light)
	if err != nil {
		return err
	}
	return v.save("png", v.png, data)
}
