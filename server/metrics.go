package server

import (
	"database/sql"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rollcall/store"
)

// metrics are what /metrics tells. Labels hold route patterns, never paths: no id
// and no phone number gets out this way.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMetrics(s *store.Store, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rollcall_http_requests_total", Help: "Answered requests.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rollcall_http_request_seconds", Help: "Time from a request's header to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
	}
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{Name: "rollcall_http_requests_in_flight", Help: "Requests that have begun and are not answered."})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "rollcall_build_info", Help: "Always 1; the label tells the version.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.inFlight, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.pool("read", func() sql.DBStats { read, _ := s.Pools(); return read })
	m.pool("write", func() sql.DBStats { _, write := s.Pools(); return write })
	return m
}

// pool tells of one pool of database connections.
func (m *metrics) pool(name string, stats func() sql.DBStats) {
	labels := prometheus.Labels{"pool": name}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rollcall_database_connections", Help: "Open connections.", ConstLabels: labels},
			func() float64 { return float64(stats().OpenConnections) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rollcall_database_connections_in_use", Help: "Connections in use.", ConstLabels: labels},
			func() float64 { return float64(stats().InUse) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "rollcall_database_connections_waited_total", Help: "Times that a connection was waited for.", ConstLabels: labels},
			func() float64 { return float64(stats().WaitCount) }),
	)
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe is told of every request that the API answered. On a path that is no
// route the method is the caller's free choice, and must not become a label: each
// would take memory for ever.
func (m *metrics) observe(route, method string, status int, took time.Duration) {
	if route == "" {
		method = "any"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route, method).Observe(took.Seconds())
}
