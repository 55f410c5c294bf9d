package main

import (
	"math"
	"sort"
	"sync"
	"time"
)

const shownFailures = 20

// tally counts outcomes; safe to use from any goroutine.
type tally struct {
	mutex    sync.Mutex
	began    time.Time
	took     []float64 // milliseconds
	kept     int
	kinds    map[string]int // of failures
	failures []failure
	served   []map[string]int // by second since the start: version to answers
}

type failure struct {
	AtSeconds  float64 `json:"atSeconds"`
	Kind       string  `json:"kind"`
	Connection string  `json:"connection"`
	Version    string  `json:"version,omitempty"`
	Detail     string  `json:"detail,omitempty"`
}

type summary struct {
	Requests      int              `json:"requests"`
	Fresh         int              `json:"fresh"`
	Kept          int              `json:"kept"`
	Failures      int              `json:"failures"`
	Kinds         map[string]int   `json:"kinds"` // of failures
	FirstFailures []failure        `json:"firstFailures"`
	SlowestMs     float64          `json:"slowestMs"`
	P99Ms         float64          `json:"p99Ms"`
	Seconds       float64          `json:"seconds"`
	Versions      map[string]int   `json:"versions"`
	Served        []map[string]int `json:"served"` // a second each
	Last          string           `json:"last"`   // the versions of the last second with answers
}

func newTally(began time.Time) *tally { return &tally{began: began, kinds: map[string]int{}} }

func (t *tally) add(o outcome) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.took = append(t.took, float64(o.took.Microseconds())/1000)
	if o.kept {
		t.kept++
	}
	if o.kind != "" {
		t.fail(o)
		return
	}
	second := int(o.began.Add(o.took).Sub(t.began).Seconds())
	for len(t.served) <= second {
		t.served = append(t.served, map[string]int{})
	}
	t.served[second][o.version]++
}

func (t *tally) fail(o outcome) {
	t.kinds[o.kind]++
	if len(t.failures) == shownFailures {
		return
	}
	connection := "fresh"
	if o.kept && o.reused {
		connection = "kept"
	} else if o.kept {
		connection = "kept, just opened"
	}
	t.failures = append(t.failures, failure{AtSeconds: math.Round(o.began.Sub(t.began).Seconds()*100) / 100,
		Kind: o.kind, Connection: connection, Version: o.version, Detail: o.detail})
}

func (t *tally) summary() summary {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	s := summary{Requests: len(t.took), Kept: t.kept, Fresh: len(t.took) - t.kept,
		Kinds: map[string]int{}, FirstFailures: append([]failure{}, t.failures...), Seconds: math.Round(time.Since(t.began).Seconds()*10) / 10,
		Versions: map[string]int{}, Served: make([]map[string]int, 0, len(t.served))}
	for kind, failures := range t.kinds {
		s.Kinds[kind] = failures
		s.Failures += failures
	}
	for _, second := range t.served {
		copied := map[string]int{}
		for version, answers := range second {
			copied[version] = answers
			s.Versions[version] += answers
		}
		s.Served = append(s.Served, copied)
		if len(copied) > 0 {
			s.Last = names(copied)
		}
	}
	if sorted := append([]float64{}, t.took...); len(sorted) > 0 {
		sort.Float64s(sorted)
		s.SlowestMs, s.P99Ms = sorted[len(sorted)-1], sorted[(len(sorted)-1)*99/100]
	}
	return s
}

func names(versions map[string]int) string {
	sorted := make([]string, 0, len(versions))
	for version := range versions {
		sorted = append(sorted, version)
	}
	sort.Strings(sorted)
	text := ""
	for _, version := range sorted {
		if text != "" {
			text += " and "
		}
		text += version
	}
	return text
}
