package tools

import (
	"reflect"
	"sync"
)

// perType keeps what was found out about types: tags are read by reflection,
// which takes longer than to write a row, and never say anything else. It is
// safe for concurrent use; what it keeps is shared and not to be changed.
type perType[V any] struct{ known sync.Map } // reflect.Type → V

// of returns what find returns for t, which it is asked for once, or as often as
// several ask at the same time.
func (p *perType[V]) of(t reflect.Type, find func(reflect.Type) V) V {
	v, ok := p.known.Load(t)
	if !ok {
		v, _ = p.known.LoadOrStore(t, find(t))
	}
	return v.(V) // nothing else is stored
}
