package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const patience = 20 * time.Second // for one request, its connection included

// connection sends requests over TCP by itself: net/http's client sends a request again when a kept connection turns out
// to be closed, and what is to be counted here would be hidden.
type connection struct {
	target *service
	keep   bool
	conn   net.Conn
	reader *bufio.Reader
}

// service is what is asked, and its address: looked up once, since a Service's address stays as long as the Service.
type service struct {
	url     string
	address string
}

// outcome of one request; kind is "" where it was answered with 200.
type outcome struct {
	began                 time.Time
	took                  time.Duration
	kept, reused          bool
	kind, version, detail string
}

// request sends one and reads the whole answer. A kept connection is opened anew after the server has said that it closes
// it, or after a failure.
func (c *connection) request() outcome {
	out := outcome{began: time.Now(), kept: c.keep, reused: c.conn != nil}
	status, body, err := c.exchange(&out)
	out.took = time.Since(out.began)
	switch {
	case err != nil:
		out.kind, out.detail = kind(err, out.reused), err.Error()
		c.close()
	case status != http.StatusOK:
		out.kind, out.detail = "status "+strconv.Itoa(status), strings.TrimSpace(body)
	}
	return out
}

func (c *connection) exchange(out *outcome) (int, string, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.target.address, patience)
		if err != nil {
			return 0, "", err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(out.began.Add(patience)); err != nil {
		return 0, "", err
	}
	request, err := http.NewRequest(http.MethodGet, c.target.url, nil)
	if err != nil {
		return 0, "", err
	}
	request.Close = !c.keep
	if err := request.Write(c.conn); err != nil {
		return 0, "", err
	}
	response, err := http.ReadResponse(c.reader, request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	out.version = response.Header.Get("X-Version")
	body, err := io.ReadAll(io.LimitReader(response.Body, 1000))
	if err == nil && response.Close {
		c.close()
	}
	return response.StatusCode, string(body), err
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func find(target *url.URL) (*service, error) {
	addresses, err := net.LookupHost(target.Hostname())
	if err != nil {
		return nil, err
	}
	port := target.Port()
	if port == "" {
		port = "80"
	}
	return &service{url: target.String(), address: net.JoinHostPort(addresses[0], port)}, nil
}

func kind(err error, reused bool) string {
	var operation *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "not connected"
	case reused:
		return "kept connection broken"
	}
	return "connection broken"
}
