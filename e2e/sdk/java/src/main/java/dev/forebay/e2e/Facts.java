package dev.forebay.e2e;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.utils.builder.Buildable;

/** What is known of the prepared stream, and how a case's JSON becomes a request of this SDK. */
record Facts(Map<String, String> known) {
  String filled(String text) {
    for (var fact : known.entrySet()) {
      text = text.replace("{" + fact.getKey() + "}", fact.getValue());
    }
    return text;
  }

  /** Texts, numbers, lists and maps, with the facts in the place of their names and `$repeat` written out. */
  Object filled(JsonNode node) {
    if (node.isString()) {
      return filled(node.asString());
    }
    if (node.isNumber()) {
      return new BigDecimal(node.asNumber());
    }
    if (node.isArray()) {
      return node.asArray().stream().map(this::filled).toList();
    }
    if (node.isObject() && node.asObject().containsKey("$repeat")) {
      var repeat = node.asObject().get("$repeat").asArray();
      var times = Integer.parseInt(repeat.get(1).asNumber());
      var item = filled(repeat.get(0));
      return item instanceof String text ? text.repeat(times) : Collections.nCopies(times, item);
    }
    var map = new LinkedHashMap<String, Object>();
    node.asObject().forEach((key, value) -> map.put(key, filled(value)));
    return map;
  }

  /** Sets the members of a builder by their names on the wire. */
  static void fill(SdkPojo builder, Map<?, ?> members) {
    for (var field : builder.sdkFields()) {
      if (members.containsKey(field.memberName())) {
        field.set(builder, value(field, members.get(field.memberName())));
      }
    }
  }

  private static Object value(SdkField<?> field, Object given) {
    var type = field.marshallingType();
    if (type == MarshallingType.INTEGER) {
      return ((BigDecimal) given).intValueExact();
    }
    if (type == MarshallingType.INSTANT) {
      return Instant.ofEpochSecond(((BigDecimal) given).longValueExact());
    }
    if (type == MarshallingType.SDK_BYTES) {
      return SdkBytes.fromUtf8String((String) given);
    }
    if (type == MarshallingType.LIST) {
      var element = field.getTrait(ListTrait.class).memberFieldInfo();
      var list = new ArrayList<Object>();
      ((List<?>) given).forEach(item -> list.add(value(element, item)));
      return list;
    }
    if (type == MarshallingType.SDK_POJO) {
      var nested = field.constructor().get();
      fill(nested, (Map<?, ?>) given);
      return ((Buildable) nested).build();
    }
    return given;
  }
}
